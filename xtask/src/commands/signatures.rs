//! `signatures`: the functions in PostgreSQL as components call them, generated from a migrated database.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use xtask::connection::StoreUrl;
use xtask::host::{HostKind, HostProgram};
use xtask::instance::Instance;
use xtask::issuer::Issuer;
use xtask::job::Job;
use xtask::machine::{self, Programs};
use xtask::progress::Steps;
use xtask::signatures::{self, Signature};
use xtask::{functions, variables, workspace};

use super::build;

/// The committed file.
const FILE: &str = "migrations/signatures.txt";

#[derive(Args)]
pub struct Signatures {
    /// Write nothing, and fail if the committed file does not match the database.
    #[arg(long)]
    check: bool,
}

impl Signatures {
    pub fn run(self) -> Result<ExitCode> {
        let steps = Steps::default();
        if self.check {
            check_current(&steps)?;
        } else {
            let generated = generate(&steps)?;
            check_rule(&generated)?;
            let path = path();
            std::fs::write(&path, text(&generated))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Fails if the committed file is not current, or if components of an earlier version could no longer run.
pub fn check_current(steps: &Steps) -> Result<()> {
    let generated = generate(steps)?;
    check_rule(&generated)?;
    let committed = std::fs::read_to_string(path()).unwrap_or_default();
    if committed.replace("\r\n", "\n") != text(&generated) {
        bail!("{FILE} does not match the database: run `cargo xtask signatures` and commit it");
    }
    Ok(())
}

fn path() -> PathBuf {
    workspace::root().join(FILE)
}

fn text(generated: &[Signature]) -> String {
    let lines: BTreeSet<_> = generated.iter().map(|line| format!("{line}\n")).collect();
    lines.into_iter().collect()
}

/// The functions in a newly migrated database, on a PostgreSQL started for this purpose.
fn generate(steps: &Steps) -> Result<Vec<Signature>> {
    let host = HostProgram::find(HostKind::Embedded)?;
    build::steps(steps, &host, &[])?;
    let home = machine::reachable(&workspace::target(), "shell-signatures")?;
    let mut instance = Instance::open(&home, true)?;
    let mut found = None;
    let result = steps.quiet("migrating a database to look at", || {
        found = Some(migrate_and_look(&mut instance, &host)?);
        Ok("looked at a migrated database".to_owned())
    });
    // Whatever happened, the server has stopped by now.
    instance.close()?;
    result?;
    found.context("the database was not looked at")
}

fn migrate_and_look(instance: &mut Instance, host: &HostProgram) -> Result<Vec<Signature>> {
    let programs = Programs::ensure(true, false, None)?;
    let postgres = instance.start_postgres(&programs.postgres.context("PostgreSQL is missing")?)?;
    let owner = instance.owner(&postgres);
    let variables = variables::resolve(
        &owner,
        &instance.runtime(&owner),
        // No job uses Redis.
        &StoreUrl::redis("redis://127.0.0.1")?,
        &Issuer::throwaway()?,
        [],
    )?;
    let job = Job {
        manifest: functions::job_manifest("migrate"),
        state: &instance.store().join("migrate"),
        variables: &variables,
        arguments: Vec::new(),
    };
    job.run_quietly(host)?;
    look(&owner)
}

fn look(owner: &StoreUrl) -> Result<Vec<Signature>> {
    let mut client = owner.connect()?;
    // With this search path, PostgreSQL prints the schema's types with the schema's name.
    client.batch_execute("SET search_path = pg_catalog")?;
    let query = "
        SELECT p.proname::text, i.names, i.types,
          CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END
            || coalesce(o.columns, format_type(p.prorettype, NULL)) AS result,
          concat(p.prosrc, pg_get_function_sqlbody(p.oid)) AS body
        FROM pg_proc p
        CROSS JOIN LATERAL (
          SELECT coalesce(array_agg(a.name ORDER BY a.place), '{}') AS names,
            coalesce(array_agg(a.type ORDER BY a.place), '{}') AS types
          FROM (SELECT t.place, format_type(t.type, NULL) AS type,
              coalesce(nullif(p.proargnames[t.place], ''), '$' || t.place) AS name
            FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY t(type, place)
            WHERE coalesce(p.proargmodes[t.place], 'i') IN ('i', 'b', 'v')) a
        ) i
        CROSS JOIN LATERAL (
          SELECT string_agg(p.proargnames[t.place] || ' ' || format_type(t.type, NULL), ', ' ORDER BY t.place)
            AS columns
          FROM unnest(p.proallargtypes) WITH ORDINALITY t(type, place)
          WHERE p.proargmodes[t.place] IN ('o', 'b', 't')
        ) o
        WHERE p.pronamespace = 'shell'::regnamespace";
    let rows = client
        .query(query, &[])
        .context("cannot read the functions")?;
    let signature = |row: &postgres::Row| {
        let (names, types): (Vec<String>, Vec<String>) = (row.get(1), row.get(2));
        let parameters = names.into_iter().zip(types).collect();
        Signature::new(row.get(0), parameters, row.get(3), &row.get::<_, String>(4))
    };
    Ok(rows.iter().map(signature).collect())
}

fn check_rule(generated: &[Signature]) -> Result<()> {
    signatures::check(&ever_committed()?, generated, &drops()?)
}

/// The texts of the migrations that drop functions.
fn drops() -> Result<Vec<String>> {
    let folder = workspace::root().join("migrations");
    let mut texts = Vec::new();
    for entry in folder.read_dir().context("cannot list the migrations")? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if name.starts_with('V') && name.contains("__drop_") {
            let text = std::fs::read_to_string(&path);
            texts.push(text.with_context(|| format!("cannot read {}", path.display()))?);
        }
    }
    Ok(texts)
}

/// Every line of the file in any commit.
fn ever_committed() -> Result<BTreeSet<Signature>> {
    // A working copy without git, unpacked from an archive, has no history to compare with.
    if !workspace::root().join(".git").exists() {
        return Ok(BTreeSet::new());
    }
    if git(&["rev-parse", "--is-shallow-repository"])?.trim() == "true" {
        bail!("the history of {FILE} is incomplete: run `git fetch --unshallow`");
    }
    let mut lines = BTreeSet::new();
    // Without --full-history, git skips a branch if the merge kept none of its changes.
    let touching = [
        "log",
        "--full-history",
        "--diff-filter=AM",
        "--format=%H",
        "--",
        FILE,
    ];
    for commit in git(&touching)?.lines() {
        let file = git(&["show", &format!("{commit}:{FILE}")])?;
        for line in file.lines() {
            let line = Signature::parse(line);
            lines.insert(line.with_context(|| format!("{FILE} of commit {commit}"))?);
        }
    }
    Ok(lines)
}

fn git(arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .current_dir(workspace::root())
        .args(arguments)
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("git {}: {}", arguments.join(" "), said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
