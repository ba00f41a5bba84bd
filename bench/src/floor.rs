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
    let mut redis = redis::Client::open(stage.environment().redis.to_string())?
        .get_connection()
        .context("cannot connect to Redis")?;
    redis::cmd("SET")
        .arg(&key)
        .arg(answer.as_ref())
        .exec(&mut redis)
        .context("cannot write to Redis")?;
    Ok(Floor {
        name: format!("one GET, {} bytes", answer.len()),
        target: Target {
            address: floor.address,
            path: format!("/get/{key}"),
        },
    })
}

/// A floor that was prepared.
pub struct Floor {
    /// What the tables call it.
    pub name: String,
    /// Where it is.
    pub target: Target,
}
