//! The floor component's answers, with the size of the Shell's.

use anyhow::{Context as _, Result};
use hyper::header::HeaderValue;

use crate::load::{self, Target};
use crate::stage::{Served, Stage};

/// Makes the floor answer from Redis with the same bytes as the target.
pub fn like(stage: &Stage, floor: &Served, target: &Target, token: &HeaderValue) -> Result<Floor> {
    // The first answer comes from PostgreSQL, and perhaps from a host that is still compiling.
    load::answer(target, token.clone())?;
    let answer = load::answer(target, token.clone())?;
    let key = format!("floor:{}", target.path);
    keep(&mut stage.redis()?, &key, &answer)?;
    Ok(Floor {
        name: format!("one GET, {} bytes", answer.len()),
        target: Target::get(floor.address, format!("/get/{key}")),
    })
}

/// The same for requests with a body, all of which get the same answer.
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

/// The same, and a version with a second GET after the first.
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

/// Makes the floor read from Redis as much as the target, which has been requested already, reads of a caller,
/// and write the same row: without RETURNING, and with it.
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

/// Makes the floor answer from Redis with the answer of the first target, and update, for each of the targets,
/// a row in a separate table.
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

/// A prepared floor.
pub struct Floor {
    /// Its name in the tables.
    pub name: String,
    /// The request to it.
    pub target: Target,
}
