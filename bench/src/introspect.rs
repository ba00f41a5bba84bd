//! `introspect`: a satellite introspects the tokens of its own callers.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use xtask::test_environment::TestEnvironment;

use crate::figures::{Bench, REQUESTS};
use crate::floor;
use crate::load::{self, Target, Tokens};
use crate::race::{self, Lane};
use crate::stage::{ORGANIZATION, Stage};
use crate::{CONNECTIONS, TOKENS};

/// A hundred tokens in turn, compared with two GETs for a request and an answer of the same size.
///
/// Two GETs are necessary: one for the caller, and one for the other token, which is only known once the form has been
/// read and the caller accepted. They are two round trips, one after the other.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let stage = Stage::new(environment)?;
    let (shell, floor) = (stage.shell()?, stage.floor()?);
    stage.make_administrators(0..TOKENS)?;
    let satellites = stage.tokens_of("platform", 0..TOKENS)?;
    let satellite = satellites.first().context("there is no token")?;
    let tokens = stage.tokens(0..TOKENS)?;
    let asked = tokens.iter().map(|token| {
        let bearer = token.to_str()?.strip_prefix("Bearer ");
        let form = format!("token={}", bearer.context("a token is not a bearer token")?);
        let mut target = Target::post(shell.address, "/v1/tokens/introspect", form);
        target.expected = StatusCode::OK;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        target.headers.insert(CONTENT_TYPE, form);
        let organization = HeaderValue::from_static(ORGANIZATION);
        target.headers.insert("shell-organization", organization);
        Ok(target)
    });
    let asked = asked.collect::<Result<Vec<_>>>()?;
    let first = asked.first().context("there is nothing to ask")?;
    let answer = load::answer(first, satellite.clone())?;
    ensure!(
        answer.starts_with(br#"{"active":true"#),
        "a token is not active"
    );
    let in_turn = |_| Ok(Tokens::InTurn(satellites.clone()));
    let lane = |name: &str, targets, floor| Lane {
        name: name.to_owned(),
        work: race::requests_in_turn(targets, in_turn),
        floor,
        at_least: None,
    };
    let [once, twice] = floor::ask_twice(&stage, &floor, &asked, satellite)?;
    let lanes = [
        lane("one GET", once, None),
        lane("two GETs", twice, None),
        lane("POST /v1/tokens/introspect", asked, Some(1)),
    ];
    let races = CONNECTIONS.map(|connections| race::run(&lanes, connections, measured));
    Ok(Bench {
        unit: REQUESTS.to_owned(),
        races: races.into_iter().collect::<Result<_>>()?,
        redis: Vec::new(),
    })
}
