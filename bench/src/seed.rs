//! `seed`: 100,000 users by the job, compared with COPY of the same rows into the same tables.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use uuid::Uuid;
use xtask::functions;
use xtask::job::{self, Job};
use xtask::test_environment::TestEnvironment;

use crate::figures::{Bench, ROWS};
use crate::race::{self, Run};
use crate::stage::{ORGANIZATION, Stage};

const USERS: usize = 100_000;
const ROUNDS: usize = 3;
/// The least ratio to the floor.
const AT_LEAST: f64 = 0.30;

/// Each round has new databases, so that both write into empty tables.
pub fn run(environment: &TestEnvironment) -> Result<Bench> {
    let mut runs = ["COPY", "the seed job"].map(|name| Run {
        name: name.to_owned(),
        floor: None,
        at_least: None,
        per_second: Vec::new(),
        latency: None,
        beside: None,
    });
    let [copied, seeded] = &mut runs;
    seeded.floor = Some(0);
    seeded.at_least = Some(AT_LEAST);
    for _ in 0..ROUNDS {
        copied.per_second.push(rate(environment, copy)?);
        seeded.per_second.push(rate(environment, seed)?);
    }
    Ok(Bench {
        unit: ROWS.to_owned(),
        races: vec![race::judge(1, runs.into())],
        redis: Vec::new(),
    })
}

/// The rate in rows per second of a function that writes all users and returns the time it took.
fn rate(environment: &TestEnvironment, write: fn(&Stage) -> Result<f64>) -> Result<f64> {
    let stage = Stage::new(environment)?;
    let before = members(&stage)?;
    let seconds = write(&stage)?;
    let added = members(&stage)? - before;
    ensure!(added == USERS as i64, "{added} of {USERS} rows arrived");
    stage.close()?;
    Ok(USERS as f64 / seconds)
}

fn members(stage: &Stage) -> Result<i64> {
    let query = "SELECT count(*) FROM shell.memberships m JOIN shell.users u ON u.id = m.user_id";
    Ok(stage.superuser()?.query_one(query, &[])?.try_get(0)?)
}

fn seed(stage: &Stage) -> Result<f64> {
    let folder = stage.folder()?;
    let mut csv = "organization,username,email,display_name,external_id,attributes\n".to_owned();
    for n in 0..USERS {
        writeln!(
            csv,
            r#"{ORGANIZATION},user-{n},user-{n}@acme.example,User Number {n},id-{n},"{{""team"": ""{}""}}""#,
            n % 50
        )?;
    }
    std::fs::write(folder.join("users.csv"), csv).context("cannot write users.csv")?;
    let state = stage.folder()?;
    let manifest = functions::job_manifest("seed");
    let job = Job {
        manifest: job::manifest_with_files(&manifest, &folder, state.join("spin.toml"))?,
        state: &state,
        variables: stage.variables(),
        arguments: Vec::new(),
    };
    let begun = Instant::now();
    job.run_quietly(&stage.environment().host)?;
    Ok(begun.elapsed().as_secs_f64())
}

/// As the superuser: COPY does not support tables with row-level security, which the owner is subject to as well.
fn copy(stage: &Stage) -> Result<f64> {
    let mut database = stage.superuser()?;
    let query = "SELECT id, identity_provider_id FROM shell.organizations WHERE slug = $1::text";
    let row = database.query_one(query, &[&ORGANIZATION])?;
    let (organization, provider): (Uuid, Uuid) = (row.try_get(0)?, row.try_get(1)?);
    let (mut users, mut memberships) = (String::new(), String::new());
    for n in 0..USERS {
        let id = Uuid::now_v7();
        writeln!(
            users,
            "{id}\t{provider}\tid-{n}\tuser-{n}\tuser-{n}@acme.example\tUser Number {n}"
        )?;
        let team = n % 50;
        writeln!(
            memberships,
            "{organization}\t{id}\t{{\"team\": \"{team}\"}}"
        )?;
    }
    let begun = Instant::now();
    let mut transaction = database.transaction()?;
    for (statement, rows) in [
        (
            "COPY shell.users (id, identity_provider_id, external_id, username, email, display_name)
             FROM STDIN",
            users,
        ),
        (
            "COPY shell.memberships (organization_id, user_id, attributes) FROM STDIN",
            memberships,
        ),
    ] {
        let mut writer = transaction.copy_in(statement)?;
        writer.write_all(rows.as_bytes())?;
        writer.finish()?;
    }
    transaction.commit()?;
    Ok(begun.elapsed().as_secs_f64())
}
