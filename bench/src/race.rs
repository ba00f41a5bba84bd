//! Rounds in alternation: anything that disturbs the machine disturbs all lanes equally.

use std::time::Duration;

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;

use crate::figures::{self, Beside, Latency, Race};
use crate::load::{self, Round, Target, Tokens};

/// The number of rounds of each lane; the figures are their medians.
pub const ROUNDS: usize = 5;

/// One of the lanes that are measured in turns.
pub struct Lane<'a> {
    /// Its name in the tables.
    pub name: String,
    /// Runs one round of it.
    pub work: Work<'a>,
    /// The index of the lane that it is compared with.
    pub floor: Option<usize>,
    /// The least ratio to the floor.
    pub at_least: Option<f64>,
}

/// Runs a round with so many connections, measured for so long.
pub type Work<'a> = Box<dyn Fn(usize, Duration) -> Result<Round> + 'a>;

/// Requests, with the tokens that `tokens` returns for a round of this duration, including the warm-up.
pub fn requests<'a>(target: Target, tokens: impl Fn(Duration) -> Result<Tokens> + 'a) -> Work<'a> {
    requests_in_turn(vec![target], tokens)
}

/// The same for several requests, which are sent in turn.
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
        // So that no lane always follows the same other one.
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
    /// The lane's name.
    pub name: String,
    /// The index of the lane that it is compared with.
    pub floor: Option<usize>,
    /// The least ratio to the floor.
    pub at_least: Option<f64>,
    /// Requests or rows per second, for each round.
    pub per_second: Vec<f64>,
    /// The latency of the requests of all rounds.
    pub latency: Option<Latency>,
    /// The accompanying requests.
    pub beside: Option<Beside>,
}

/// Computes the medians over the rounds, and compares each lane with its floor.
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

/// All accompanying requests, at the rate of the median round.
fn beside(rounds: &[Round]) -> Option<Beside> {
    let all: Vec<_> = rounds.iter().filter_map(|round| round.beside).collect();
    Some(Beside {
        requests: all.iter().map(|beside| beside.requests).sum(),
        per_second: median(all.iter().map(|beside| beside.per_second).collect()),
        ..*all.first()?
    })
}

/// One ratio for each round, since the machine's speed varies over time.
fn ratios(ours: &[f64], floor: &[f64]) -> Vec<f64> {
    ours.iter()
        .zip(floor)
        .map(|(ours, floor)| ours / floor)
        .collect()
}

/// The median; 0 if there are no values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The range of the rounds as a part of their median. If there are more than three, the extremes are left
/// out: a median is not affected by them either.
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
        // In the second round, the machine was half as fast for both.
        let ratios = ratios(&[80.0, 40.0, 90.0], &[100.0, 50.0, 100.0]);
        assert_eq!(median(ratios), 0.8);
    }

    #[test]
    fn the_spread_is_relative() {
        assert_eq!(spread(&[90.0, 100.0, 110.0]), 0.2);
        assert_eq!(spread(&[1.0, 90.0, 100.0, 110.0, 1000.0]), 0.2);
    }
}
