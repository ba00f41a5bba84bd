//! One decision, without a condition and with one, each compared with one GET for a request of its size.

use std::time::Duration;

use anyhow::Result;
use xtask::test_environment::TestEnvironment;

use super::population::{OWNED, Organizations};
use super::questions::Questions;
use super::scene::Scene;
use crate::figures::Bench;
use crate::floor;
use crate::race::{self, Lane};

/// The organization's number of policy lines.
pub const LINES: i32 = 1_000;
/// The least ratio to the floor.
const AT_LEAST: f64 = 0.70;

/// Twenty lines for the subject in an organization of a thousand.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let plain = Organizations::one("bench-plain", LINES);
    let conditional = Organizations {
        condition: Some(OWNED),
        ..Organizations::one("bench-conditions", LINES)
    };
    let scene = Scene::new(environment, &[&plain, &conditional])?;
    let floor = scene.stage.floor()?;
    let mut lanes = Vec::new();
    let mut all = Vec::new();
    for (name, bare, organization, at_least) in [
        ("a decision", "one GET", &plain, Some(AT_LEAST)),
        (
            "a decision with a condition",
            "one GET, asked with properties",
            &conditional,
            None,
        ),
    ] {
        let questions = Questions::single(&scene.shell, organization)?;
        scene.check([&questions])?;
        let targets = floor::ask(&scene.stage, &floor, &questions.targets, scene.satellite()?)?;
        let place = lanes.len();
        lanes.push(Lane {
            name: bare.to_owned(),
            work: race::requests_in_turn(targets, |_| Ok(scene.tokens())),
            floor: None,
            at_least: None,
        });
        lanes.push(Lane {
            floor: Some(place),
            at_least,
            ..scene.lane(name, &questions)
        });
        all.push(questions);
    }
    let bench = super::races(&lanes, measured)?;
    scene.check(&all)?;
    drop(lanes);
    drop(floor);
    scene.close()?;
    Ok(bench)
}
