//! `changing`: whether discovery stays as fast while apps send heartbeats and another organization changes.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use xtask::test_environment::TestEnvironment;

use crate::beats;
use crate::figures::{Bench, REQUESTS};
use crate::floor;
use crate::load::{self, Steady, Target, Tokens};
use crate::population;
use crate::race::{self, Lane, Work};
use crate::stage::{ORGANIZATION, Served, Stage};
use crate::{CONNECTIONS, TOKENS};

/// The number of organizations that have the apps: a heartbeat could affect each of them.
const ORGANIZATIONS: i32 = 1_000;
/// The organization that changes; it is in the seed data.
pub const OTHER: &str = "globex";
const SECONDS_BETWEEN_BEATS: f64 = 10.0;
/// The rate of its changes.
pub const CHANGES_A_SECOND: f64 = 300.0;
/// The least ratio to the floor.
pub const AT_LEAST: f64 = 0.80;

/// One app, which also sends heartbeats: alone, while all apps send heartbeats, and while changes come.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let stage = Stage::new(environment)?;
    population::fill(&stage, ORGANIZATIONS)?;
    let shell = stage.shell()?;
    let beats = beats::targets(&shell);
    stage.make_administrators(0..1)?;
    let of_platform = stage.tokens_of("platform", 0..1)?;
    let of_platform = of_platform.first().context("there is no token")?;
    let rate = f64::from(population::APPS) / SECONDS_BETWEEN_BEATS;
    let beating = Steady::new(beats.clone(), of_platform.clone(), rate);
    let changing = Steady::new(changes(&shell), of_platform.clone(), CHANGES_A_SECOND);

    let known = stage.tokens(0..TOKENS)?;
    let app = population::apps().next().unwrap_or_default();
    let target = Target::get(shell.address, format!("/v1/apps/{app}"));
    let discovery = || race::requests(target.clone(), |_| Ok(Tokens::InTurn(known.clone())));
    let lanes = [
        Lane {
            name: format!("{ORGANIZATION} asks for an app"),
            work: without_leases(&stage, discovery()),
            floor: None,
            at_least: None,
        },
        Lane {
            name: format!("while {} apps beat", population::APPS),
            work: while_beating(&beats, of_platform, &beating, discovery()),
            floor: Some(0),
            at_least: Some(AT_LEAST),
        },
        Lane {
            name: format!("while {OTHER} changes {CHANGES_A_SECOND} times/s"),
            work: without_leases(&stage, while_changing(&stage, &changing, discovery())),
            floor: Some(0),
            at_least: Some(AT_LEAST),
        },
    ];
    let races = CONNECTIONS.map(|connections| race::run(&lanes, connections, measured));
    Ok(Bench {
        unit: REQUESTS.to_owned(),
        races: races.into_iter().collect::<Result<_>>()?,
        redis: Vec::new(),
    })
}

/// Enables all apps for the other organization, one by one, and then disables them, so that each request is
/// a change, even if one of two overtakes the other.
pub fn changes(shell: &Served) -> Vec<Target> {
    let ways = [
        (Method::PUT, StatusCode::CREATED),
        (Method::DELETE, StatusCode::NO_CONTENT),
    ];
    let changes = ways.into_iter().flat_map(|(method, expected)| {
        population::apps().map(move |app| Target {
            method: method.clone(),
            expected,
            ..Target::get(
                shell.address,
                format!("/v1/apps/{app}/organizations/{OTHER}"),
            )
        })
    });
    changes.collect()
}

/// A round in which the readers see no lease, as if no app sent heartbeats.
fn without_leases<'a>(stage: &'a Stage, readers: Work<'a>) -> Work<'a> {
    Box::new(move |connections, measured| {
        stage
            .superuser()?
            .batch_execute("DELETE FROM shell.app_leases")?;
        floor::forget(stage, "app-leases")?;
        readers(connections, measured)
    })
}

/// A round in which all apps have leases and renew them.
fn while_beating<'a>(
    beats: &'a [Target],
    token: &'a HeaderValue,
    beating: &'a Steady,
    readers: Work<'a>,
) -> Work<'a> {
    Box::new(move |connections, measured| {
        for beat in beats {
            load::answer(beat, token.clone())?;
        }
        beating.beside(|| readers(connections, measured))
    })
}

/// A round while changes come, which are also counted in the database.
pub fn while_changing<'a>(stage: &'a Stage, changing: &'a Steady, readers: Work<'a>) -> Work<'a> {
    Box::new(move |connections, measured| {
        let before = counter(stage)?;
        let round = changing.beside(|| readers(connections, measured))?;
        let (made, sent) = (
            counter(stage)? - before,
            round.beside.map(|beside| beside.requests),
        );
        ensure!(
            u64::try_from(made).ok() == sent,
            "{made} changes were made by {} requests",
            sent.unwrap_or_default()
        );
        Ok(round)
    })
}

fn counter(stage: &Stage) -> Result<i64> {
    let row = stage
        .superuser()?
        .query_one("SELECT counter FROM shell.changes", &[])?;
    Ok(row.try_get(0)?)
}
