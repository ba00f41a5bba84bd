//! The job: first it looks for names that other Casbins would read differently; only if there are none, it prints the
//! policy.

use std::io::{self, BufWriter, Write};

use anyhow::{Context, bail};
use job::database::Database;

use crate::{
    policy::Part,
    rows::{self, Entered},
    spelling,
};

pub fn export() -> anyhow::Result<()> {
    let arguments: Vec<_> = job::arguments().collect();
    let organization = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--organization", organization] => organization,
        _ => bail!("unknown arguments {arguments:?}: expected --organization and its slug or id"),
    };
    let database = Database::open(&job::variable("migration_database_url")?)?;
    let result = export_from(&database, organization);
    // Nothing was written, but the transaction must end, since hosts reuse the connection as it is.
    let ended = database.execute("COMMIT", &[]);
    result.and(ended.map_err(Into::into))
}

fn export_from(database: &Database, organization: &str) -> anyhow::Result<()> {
    let entered = rows::enter(database, organization)
        .context("if a function is missing, run the migrations first")?;
    let Some(entered) = entered else {
        bail!(
            "there is no organization {organization:?}; GET /v1/organizations lists them, and \
             --organization takes a slug or an id"
        );
    };
    check(database)?;
    print(database, &entered)
}

/// Prints every name that some Casbin would read differently, and fails if there is one.
fn check(database: &Database) -> anyhow::Result<()> {
    let mut count = 0_u64;
    rows::for_each(database, "checking", |part| {
        for fault in spelling::faults(&part) {
            eprintln!("{fault}");
            count += 1;
        }
        Ok(())
    })?;
    match count {
        0 => Ok(()),
        1 => {
            bail!("1 name that some versions of Casbin would read differently; nothing was written")
        }
        _ => {
            bail!(
                "{count} names that some versions of Casbin would read differently; nothing was written"
            )
        }
    }
}

/// Prints the file, and prints to stderr what the file cannot express.
fn print(database: &Database, entered: &Entered) -> anyhow::Result<()> {
    let Entered {
        organization,
        is_active,
        moment,
    } = entered;
    let mut file = BufWriter::new(io::stdout());
    writeln!(
        file,
        "# The policy of organization {organization} as of {moment}, exported by the Shell for the model.conf beside \
         it.\n# Assignments that had ended and users who could hold no role then are not in it."
    )?;
    let (mut heading, mut previous) = (None, None);
    let (mut written, mut of_global_roles) = (0_u64, 0_u64);
    rows::for_each(database, "writing", |part| {
        if let Part::End { ended, barred } = &part {
            eprintln!(
                "{organization} as of {moment}: {written} lines, of which {of_global_roles} are of global roles; left \
                 out: {ended} assignments that have ended, {barred} of users who cannot hold a role here"
            );
        }
        let spelt = spelling::spell(&part);
        if let Some(remark) = spelt.remark {
            eprintln!("{remark}");
        }
        // Lines that differ only in their conditions follow each other, and are written once.
        if spelt.line.is_some() && spelt.line != previous {
            let of_part = spelling::heading(&part);
            if heading != of_part {
                heading = of_part;
                writeln!(file, "\n# {}", of_part.unwrap_or_default())?;
            }
            writeln!(file, "{}", spelt.line.as_deref().unwrap_or_default())?;
            written += 1;
            of_global_roles += u64::from(matches!(&part, Part::Line(line) if line.is_global));
            previous = spelt.line;
        }
        Ok(())
    })?;
    if !is_active {
        eprintln!("{organization} is suspended: its users hold no roles");
    }
    // A file without this line is incomplete, and may lack lines that deny.
    writeln!(file, "\n# End: {written} lines")?;
    file.flush()?;
    Ok(())
}
