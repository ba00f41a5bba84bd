//! The amount of data in Redis.

use anyhow::{Context as _, Result};

use crate::figures::Held;
use crate::stage::Stage;

/// The number of keys per call of SCAN.
const A_CALL: usize = 1_000;

/// Measures it; `name` says what was done before.
pub fn look(stage: &Stage, name: impl Into<String>) -> Result<Held> {
    let mut redis = stage.redis()?;
    let said: String = redis::cmd("INFO").arg("memory").query(&mut redis)?;
    // Without the memory for connections and the tables of keys.
    let bytes = said
        .lines()
        .find_map(|line| line.strip_prefix("used_memory_dataset:"))
        .context("Redis does not report how much memory its data uses")?;
    Ok(Held {
        name: name.into(),
        keys: redis::cmd("DBSIZE").query(&mut redis)?,
        without_end: without_end(&mut redis)?,
        bytes: bytes.trim().parse()?,
    })
}

/// The number of keys without a TTL.
fn without_end(redis: &mut redis::Connection) -> Result<u64> {
    let mut cursor = 0_u64;
    let mut count = 0;
    loop {
        let (next, keys): (u64, Vec<Vec<u8>>) = redis::cmd("SCAN")
            .arg(cursor)
            .arg("COUNT")
            .arg(A_CALL)
            .query(redis)?;
        if !keys.is_empty() {
            let mut pipeline = redis::pipe();
            for key in &keys {
                pipeline.cmd("TTL").arg(key);
            }
            let left: Vec<i64> = pipeline.query(redis)?;
            count += left.iter().filter(|seconds| **seconds == -1).count() as u64;
        }
        if next == 0 {
            return Ok(count);
        }
        cursor = next;
    }
}
