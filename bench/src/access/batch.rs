//! A hundred decisions in one call, compared with a hundred calls.

use std::time::Duration;

use anyhow::Result;
use xtask::test_environment::TestEnvironment;

use super::decision::LINES;
use super::population::Organizations;
use super::questions::{A_CALL, Questions};
use super::scene::Scene;
use crate::figures::Bench;
use crate::race::{Lane, Work};

/// The least ratio to the floor.
const AT_LEAST: f64 = 20.0;

/// About one subject, as for a list; and about a hundred, as for a review of rights.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let organization = Organizations::one("bench-batch", LINES);
    let scene = Scene::new(environment, &[&organization])?;
    let all = [
        Questions::single(&scene.shell, &organization)?,
        Questions::of_one_subject(&scene.shell, &organization)?,
        Questions::of_all_subjects(&scene.shell, &organization)?,
    ];
    scene.check(&all)?;
    let [single, of_one, of_all] = &all;
    let several = |name: String, questions: &Questions| {
        let lane = scene.lane(name, questions);
        Lane {
            work: decisions(lane.work),
            floor: Some(0),
            at_least: Some(AT_LEAST),
            ..lane
        }
    };
    let lanes = [
        scene.lane("one a call", single),
        several(format!("{A_CALL} a call, one subject"), of_one),
        several(format!("{A_CALL} a call, {A_CALL} subjects"), of_all),
    ];
    let bench = super::races(&lanes, measured)?;
    scene.check(&all)?;
    drop(lanes);
    scene.close()?;
    Ok(bench)
}

/// Turns a count of calls into a count of decisions.
fn decisions(calls: Work<'_>) -> Work<'_> {
    Box::new(move |connections, measured| {
        let mut round = calls(connections, measured)?;
        round.per_second *= f64::from(A_CALL);
        Ok(round)
    })
}
