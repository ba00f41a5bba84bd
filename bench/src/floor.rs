//! The floor component's answers, made as large as the Shell's.

use anyhow::{Context as _, Result};
use hyper::header::HeaderValue;

use crate::load::{self, Target};
use crate::stage::{Served, Stage};

/// Has the floor answer, from Redis, just what the target answers.
pub fn like(stage: &Stage, floor: &Served, target: &Target, token: &HeaderValue) -> Result<Floor> {
    // The first answer comes from PostgreSQL, and perhaps from a host that still compiles.
    load::answer(target, token.clone())?;
    let answer = load::answer(target, token.clone())?;
    let key = format!("floor:{}", target.path);
    keep(&mut stage.redis()?, &key, &answer)?;
    Ok(Floor {
        name: format!("one GET, {} bytes", answer.len()),
        target: Target::get(floor.address, format!("/get/{key}")),
    })
}

/// The same for requests that ask with a body, of which all are answered alike.
pub fn ask(
    stage: &Stage,
    floor: &Served,
    targets: &[Target],
    token: &HeaderValue,
) -> Result<Vec<Target>> {
    let first = targets.first().context("there is nothing to ask")?;
    let key = format!("floor:{}", first.path);
    let answer = load::answer(first, token.clone())?;
    keep(&mut stage.redis()?, &key, &answer)?;
    let targets = targets.iter().map(|target| Target {
        address: floor.address,
        path: format!("/ask/{key}"),
        ..target.clone()
    });
    Ok(targets.collect())
}

/// The same, and with a second look after the first.
pub fn ask_twice(
    stage: &Stage,
    floor: &Served,
    targets: &[Target],
    token: &HeaderValue,
) -> Result<[Vec<Target>; 2]> {
    let once = ask(stage, floor, targets, token)?;
    let twice = once.iter().map(|target| Target {
        path: target.path.replacen("/ask/", "/ask-twice/", 1),
        ..target.clone()
    });
    let twice = twice.collect();
    Ok([once, twice])
}

/// Has the floor read from Redis as much as the target, which was asked already, reads of a caller,
/// and write what it writes: without a look at the row, and with one.
pub fn append(stage: &Stage, floor: &Served, target: &Target) -> Result<[Target; 2]> {
    let mut redis = stage.redis()?;
    let receipts: Vec<String> = redis::cmd("KEYS").arg("receipt:*").query(&mut redis)?;
    let receipt = receipts.first().context("no token has a receipt")?;
    let receipt: Vec<u8> = redis::cmd("GET").arg(receipt).query(&mut redis)?;
    let key = "floor:receipt";
    keep(&mut redis, key, &receipt)?;
    Ok(["append", "append-returning"].map(|way| Target {
        address: floor.address,
        path: format!("/{way}/{key}"),
        ..target.clone()
    }))
}

/// Has the floor answer, from Redis, what the first target answers, and update a row of a table of its own
/// for each of the targets.
pub fn update(
    stage: &Stage,
    floor: &Served,
    targets: &[Target],
    token: &HeaderValue,
) -> Result<Vec<Target>> {
    let first = targets.first().context("there is nothing to do")?;
    let key = "floor:beat";
    keep(
        &mut stage.redis()?,
        key,
        &load::answer(first, token.clone())?,
    )?;
    let mut database = stage.superuser()?;
    database.batch_execute(
        "CREATE SCHEMA floor;
         CREATE TABLE floor.beats (id integer PRIMARY KEY, expires_at timestamptz NOT NULL)",
    )?;
    let rows = i32::try_from(targets.len())?;
    database.execute(
        "INSERT INTO floor.beats SELECT n, now() FROM generate_series(1, $1::integer) AS n",
        &[&rows],
    )?;
    let targets = targets.iter().zip(1..=rows).map(|(target, row)| Target {
        address: floor.address,
        path: format!("/update/{row}/{key}"),
        ..target.clone()
    });
    Ok(targets.collect())
}

/// Removes a key.
pub fn forget(stage: &Stage, key: &str) -> Result<()> {
    redis::cmd("DEL")
        .arg(key)
        .exec(&mut stage.redis()?)
        .context("cannot write to Redis")
}

fn keep(redis: &mut redis::Connection, key: &str, value: &[u8]) -> Result<()> {
    redis::cmd("SET")
        .arg(key)
        .arg(value)
        .exec(redis)
        .context("cannot write to Redis")
}

/// A floor that was prepared.
pub struct Floor {
    /// What the tables call it.
    pub name: String,
    /// Where it is.
    pub target: Target,
}
