//! `access`: the cost of a decision, alone and in batches, while the policy grows and when Redis is cold.
//!
//! The caller is a satellite of platform, acting for the organization.

mod batch;
mod changing;
mod cold;
mod decision;
pub mod growth;
mod held;
mod many;
mod plain;
mod population;
mod questions;
mod scene;

use std::time::Duration;

use anyhow::Result;
use xtask::test_environment::TestEnvironment;

use crate::CONNECTIONS;
use crate::figures::{Bench, DECISIONS};
use crate::race::{self, Lane};

/// One part, which can be run separately.
type Part = fn(&TestEnvironment, Duration) -> Result<Bench>;

/// The name of each part in the figures, and its function.
const PARTS: [(&str, Part); 6] = [
    (DECISION, decision::run),
    (GROWTH, growth::run),
    ("access-batch", batch::run),
    ("access-cold", cold::run),
    ("access-changing", changing::run),
    ("access-many", many::run),
];
/// A decision compared with its floor.
pub const DECISION: &str = "access-decision";
/// A decision while the policy grows.
pub const GROWTH: &str = "access-growth";

/// The names of the parts, in the order in which they are measured.
pub fn names() -> impl Iterator<Item = &'static str> {
    PARTS.into_iter().map(|(name, _)| name)
}

/// The part with this name, if there is one.
pub fn part(name: &str) -> Option<(&'static str, Part)> {
    PARTS.into_iter().find(|(known, _)| *known == name)
}

/// A race of the lanes for each number of connections.
fn races(lanes: &[Lane<'_>], measured: Duration) -> Result<Bench> {
    let races = CONNECTIONS.map(|connections| race::run(lanes, connections, measured));
    Ok(Bench {
        unit: DECISIONS.to_owned(),
        races: races.into_iter().collect::<Result<_>>()?,
        redis: Vec::new(),
    })
}
