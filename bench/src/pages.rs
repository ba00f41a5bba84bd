//! `audit-pages`: whether reading a page stays as fast while the trail grows by a factor of a thousand.

use std::time::Duration;

use anyhow::Result;
use hyper::header::HeaderValue;
use xtask::test_environment::TestEnvironment;

use crate::TOKENS;
use crate::figures::{Bench, REQUESTS};
use crate::load::{Target, Tokens};
use crate::race::{self, Lane};
use crate::stage::{ORGANIZATION, Stage};
use crate::trail;

const FEW: i64 = 10_000;
const MANY: i64 = 10_000_000;
/// Twice the time is half the rate.
const AT_LEAST: f64 = 0.50;
/// The number of events of the page, the newest of the last day.
const LIMIT: usize = 100;

/// One caller reads a page again and again, of a short trail and of a long one.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let short = Stage::new(environment)?;
    let long = short.twin()?;
    let day = trail::last_day(&short)?;
    trail::fill(&short, FEW, &day)?;
    trail::fill(&long, MANY, &day)?;
    let trail::Day { from, to } = &day;
    let path = format!("/v1/audit-events?from={from}&to={to}&limit={LIMIT}");
    short.make_administrators(0..TOKENS)?;
    long.make_administrators(0..TOKENS)?;
    let known = short.tokens_of("platform", 0..TOKENS)?;

    let servers = [short.shell()?, long.shell()?];
    let names = ["of 10 thousand events", "of 10 million"];
    let lanes = names.into_iter().zip(&servers).enumerate();
    let lanes: Vec<_> = lanes
        .map(|(place, (name, server))| {
            let mut target = Target::get(server.address, &path);
            let acting_for = HeaderValue::from_static(ORGANIZATION);
            target.headers.insert("shell-organization", acting_for);
            Lane {
                name: format!("the newest {LIMIT} of the last day, {name}"),
                work: race::requests(target, |_| Ok(Tokens::InTurn(known.clone()))),
                floor: place.checked_sub(1),
                at_least: place.checked_sub(1).map(|_| AT_LEAST),
            }
        })
        .collect();
    let bench = Bench {
        unit: REQUESTS.to_owned(),
        races: vec![race::run(&lanes, 1, measured)?],
        redis: Vec::new(),
    };
    drop(lanes);
    drop(servers);
    short.close()?;
    long.close()?;
    Ok(bench)
}
