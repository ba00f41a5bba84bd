//! Decisions while Redis loses its data.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use xtask::test_environment::TestEnvironment;

use super::decision::LINES;
use super::population::Organizations;
use super::questions::Questions;
use super::scene::Scene;
use crate::figures::Bench;
use crate::load;
use crate::race::{Lane, Work};
use crate::stage::Stage;

/// Redis is flushed when the measured time begins, and then at this interval.
const TIMES: [(&str, Duration); 2] = [
    (
        "while Redis is flushed once a second",
        Duration::from_secs(1),
    ),
    (
        "while Redis is flushed 10 times a second",
        Duration::from_millis(100),
    ),
];

/// With a warm Redis, and with one that is flushed.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let organization = Organizations::one("bench-cold", LINES);
    let scene = Scene::new(environment, &[&organization])?;
    let questions = Questions::single(&scene.shell, &organization)?;
    scene.check([&questions])?;
    let mut lanes = vec![scene.lane("a decision", &questions)];
    for (name, between) in TIMES {
        let lane = scene.lane(name, &questions);
        lanes.push(Lane {
            work: while_flushed(&scene.stage, between, lane.work),
            floor: Some(0),
            ..lane
        });
    }
    let bench = super::races(&lanes, measured)?;
    scene.check([&questions])?;
    drop(lanes);
    scene.close()?;
    Ok(bench)
}

fn while_flushed<'a>(stage: &'a Stage, between: Duration, readers: Work<'a>) -> Work<'a> {
    Box::new(move |connections, measured| {
        let redis = stage.redis()?;
        let (over, is_over) = mpsc::channel();
        std::thread::scope(|scope| {
            let flusher = scope.spawn(|| flush(redis, between, is_over));
            let round = readers(connections, measured);
            drop(over);
            let flushed = flusher
                .join()
                .map_err(|_| anyhow!("the flusher panicked"))?;
            flushed.context("flushing Redis")?;
            round
        })
    })
}

/// Flushes Redis until the other end of the channel is dropped.
fn flush(mut redis: redis::Connection, between: Duration, is_over: Receiver<()>) -> Result<()> {
    let mut wait = load::WARM_UP;
    while is_over.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        redis::cmd("FLUSHDB").exec(&mut redis)?;
        wait = between;
    }
    Ok(())
}
