//! The same decision as the organization grows, compared with Casbin with the whole policy in memory.

use std::time::Duration;

use anyhow::Result;
use xtask::test_environment::TestEnvironment;

use super::plain::Plain;
use super::population::Organizations;
use super::questions::Questions;
use super::scene::Scene;
use crate::figures::Bench;
use crate::race::{self, Lane};
use crate::table::thousands;
use crate::{CONNECTIONS, figures};

/// The organizations' numbers of policy lines.
pub const LINES: [i32; 5] = [10, 100, 1_000, 10_000, 100_000];
/// As many as the smallest organization has, so that only the organization grows.
const LINES_A_SUBJECT: i32 = 10;
/// The least ratio to the floor.
const AT_LEAST: f64 = 0.90;

/// The name of the Shell's lane for an organization with so many lines.
pub fn shell(lines: i32) -> String {
    format!("{} lines", thousands(f64::from(lines)))
}

/// The name of Casbin's lane.
pub fn plain(lines: i32) -> String {
    format!("plain casbin-rs, {}", shell(lines))
}

/// All organizations are in one database.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let organizations = LINES.map(|lines| Organizations {
        lines_a_subject: LINES_A_SUBJECT,
        ..Organizations::one(&format!("bench-{lines}"), lines)
    });
    let scene = Scene::new(environment, &organizations.each_ref())?;
    let mut all = Vec::new();
    let mut plains = Vec::new();
    for organization in &organizations {
        all.push(Questions::single(&scene.shell, organization)?);
        plains.push(Plain::new(organization)?);
    }
    scene.check(&all)?;

    let mut lanes = Vec::new();
    for (place, (lines, questions)) in LINES.into_iter().zip(&all).enumerate() {
        let floor = (place > 0).then_some(0);
        lanes.push(Lane {
            floor,
            at_least: floor.map(|_| AT_LEAST),
            ..scene.lane(shell(lines), questions)
        });
    }
    let mut races = Vec::new();
    for connections in CONNECTIONS {
        // Casbin is called directly, on one thread, without connections: it is measured once, with the most of them.
        if Some(&connections) == CONNECTIONS.last() {
            for (lines, casbin) in LINES.into_iter().zip(&plains) {
                lanes.push(Lane {
                    name: plain(lines),
                    work: Box::new(move |_, measured| casbin.round(measured)),
                    floor: None,
                    at_least: None,
                });
            }
        }
        races.push(race::run(&lanes, connections, measured)?);
    }
    scene.check(&all)?;
    drop(lanes);
    scene.close()?;
    Ok(Bench {
        unit: figures::DECISIONS.to_owned(),
        races,
        redis: Vec::new(),
    })
}
