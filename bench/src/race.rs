//! Rounds in alternation: whatever disturbs the machine disturbs all lanes alike.

use std::time::Duration;

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;

use crate::figures::{self, Beside, Latency, Race};
use crate::load::{self, Round, Target, Tokens};

/// Of each lane; the figures are medians over them.
pub const ROUNDS: usize = 5;

/// One of the things that take turns.
pub struct Lane<'a> {
    /// What the tables call it.
    pub name: String,
    /// One round of it.
    pub work: Work<'a>,
    /// The lane it is compared to.
    pub floor: Option<usize>,
    /// The least ratio to the floor that DESIGN.md allows.
    pub at_least: Option<f64>,
}

/// A round with so many connections that is measured for so long.
pub type Work<'a> = Box<dyn Fn(usize, Duration) -> Result<Round> + 'a>;

/// Requests, with the tokens that `tokens` gives for a round that lasts so long, warm-up included.
pub fn requests<'a>(target: Target, tokens: impl Fn(Duration) -> Result<Tokens> + 'a) -> Work<'a> {
    requests_in_turn(vec![target], tokens)
}

/// The same for several requests, which take turns.
pub fn requests_in_turn<'a>(
    targets: Vec<Target>,
    tokens: impl Fn(Duration) -> Result<Tokens> + 'a,
) -> Work<'a> {
    Box::new(move |connections, measured| {
        let tokens = tokens(load::duration_of(measured))?;
        load::round(&targets, tokens, connections, measured)
    })
}

/// Runs all lanes in turn, several times.
pub fn run(lanes: &[Lane<'_>], connections: usize, measured: Duration) -> Result<Race> {
    let mut rounds: Vec<Vec<Round>> = lanes.iter().map(|_| Vec::new()).collect();
    for number in 0..ROUNDS {
        let mut turn: Vec<_> = lanes.iter().zip(&mut rounds).collect();
        // So that no lane always comes after the same other one.
        if number % 2 == 1 {
            turn.reverse();
        }
        for (lane, rounds) in turn {
            let round = (lane.work)(connections, measured);
            rounds.push(round.with_context(|| lane.name.clone())?);
        }
    }
    let runs = lanes.iter().zip(&rounds).map(|(lane, rounds)| {
        let run = Run {
            name: lane.name.clone(),
            floor: lane.floor,
            at_least: lane.at_least,
            per_second: rounds.iter().map(|round| round.per_second).collect(),
            latency: latency(rounds)?,
            beside: beside(rounds),
        };
        Ok(run)
    });
    Ok(judge(connections, runs.collect::<Result<_>>()?))
}

/// The rounds of one lane.
pub struct Run {
    /// What it is.
    pub name: String,
    /// The place of the lane it is compared to.
    pub floor: Option<usize>,
    /// The least ratio to the floor that DESIGN.md allows.
    pub at_least: Option<f64>,
    /// Requests or rows, round by round.
    pub per_second: Vec<f64>,
    /// Of all rounds' requests.
    pub latency: Option<Latency>,
    /// What came beside them.
    pub beside: Option<Beside>,
}

/// Medians over the rounds, and each lane beside its floor.
pub fn judge(connections: usize, runs: Vec<Run>) -> Race {
    let judged = runs.iter().map(|run| {
        let floor = run.floor.and_then(|floor| runs.get(floor));
        figures::Lane {
            name: run.name.clone(),
            per_second: median(run.per_second.clone()),
            spread: spread(&run.per_second),
            latency: run.latency,
            floor: run.floor,
            ratio: floor.map(|floor| median(ratios(&run.per_second, &floor.per_second))),
            at_least: run.at_least,
            beside: run.beside,
        }
    });
    Race {
        connections,
        lanes: judged.collect(),
    }
}

fn latency(rounds: &[Round]) -> Result<Option<Latency>> {
    let mut all = Histogram::<u64>::new_with_max(load::LONGEST, 3)?;
    for latencies in rounds.iter().filter_map(|round| round.latencies.as_ref()) {
        all.add(latencies)?;
    }
    Ok((!all.is_empty()).then(|| Latency {
        p50_us: all.value_at_quantile(0.5),
        p99_us: all.value_at_quantile(0.99),
    }))
}

/// All that came, at the rate of the round in the middle.
fn beside(rounds: &[Round]) -> Option<Beside> {
    let all: Vec<_> = rounds.iter().filter_map(|round| round.beside).collect();
    Some(Beside {
        requests: all.iter().map(|beside| beside.requests).sum(),
        per_second: median(all.iter().map(|beside| beside.per_second).collect()),
        ..*all.first()?
    })
}

/// Round by round, since the machine of one moment is not that of another.
fn ratios(ours: &[f64], floor: &[f64]) -> Vec<f64> {
    ours.iter()
        .zip(floor)
        .map(|(ours, floor)| ours / floor)
        .collect()
}

/// The one in the middle; 0 of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// How far the rounds lie apart, as a part of their median. Of more than three the extremes do not
/// count: a median does not follow them either.
fn spread(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let aside = usize::from(sorted.len() > 3);
    let lowest = sorted.get(aside).copied().unwrap_or_default();
    let highest = sorted.iter().rev().nth(aside).copied();
    (highest.unwrap_or_default() - lowest) / median(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_each_round() {
        // The machine became half as fast in the second round, for both.
        let ratios = ratios(&[80.0, 40.0, 90.0], &[100.0, 50.0, 100.0]);
        assert_eq!(median(ratios), 0.8);
    }

    #[test]
    fn the_spread_is_relative() {
        assert_eq!(spread(&[90.0, 100.0, 110.0]), 0.2);
        assert_eq!(spread(&[1.0, 90.0, 100.0, 110.0, 1000.0]), 0.2);
    }
}
