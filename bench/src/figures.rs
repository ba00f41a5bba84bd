//! The figures as they are stored in a file: a run replaces its own part and leaves the rest.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// If the floor's own rounds differ by more than this, its ratios mean nothing.
pub const NOISE: f64 = 0.15;

/// If the accompanying requests came at less than this part of their intended rate, the lane means nothing.
pub const LEAST_BESIDE: f64 = 0.95;

/// The unit of most benchmarks over HTTP.
pub const REQUESTS: &str = "requests";
/// The unit if a request writes one event.
pub const EVENTS: &str = "events";
/// The unit if a request may ask for many decisions.
pub const DECISIONS: &str = "decisions";
/// The unit if many rows are written at once.
pub const ROWS: &str = "rows";

/// By the host's name: `embedded` or `spin`.
pub type Figures = BTreeMap<String, OfHost>;

/// The figures of one host.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct OfHost {
    /// The machine that they were measured on.
    pub machine: BTreeMap<String, String>,
    /// By the benchmark's name.
    pub benches: BTreeMap<String, Bench>,
}

/// The figures of one benchmark.
#[derive(Debug, Deserialize, Serialize)]
pub struct Bench {
    /// The unit: [`REQUESTS`], [`EVENTS`], [`DECISIONS`] or [`ROWS`].
    pub unit: String,
    /// One for each number of connections.
    pub races: Vec<Race>,
    /// The amounts of data in Redis, if they were measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redis: Vec<Held>,
}

/// The amount of data in Redis at one moment.
#[derive(Debug, Deserialize, Serialize)]
pub struct Held {
    /// What had been requested by then.
    pub name: String,
    /// The number of keys of all kinds.
    pub keys: u64,
    /// The number of keys without a TTL.
    pub without_end: u64,
    /// The memory that they use.
    pub bytes: u64,
}

/// Lanes that were measured in turns.
#[derive(Debug, Deserialize, Serialize)]
pub struct Race {
    /// The number of connections.
    pub connections: usize,
    /// The lanes.
    pub lanes: Vec<Lane>,
}

/// Medians over the rounds.
#[derive(Debug, Deserialize, Serialize)]
pub struct Lane {
    /// The lane's name.
    pub name: String,
    /// The rate, in the bench's unit.
    pub per_second: f64,
    /// The range of the rounds without the two extremes, as a part of their median.
    pub spread: f64,
    /// The latency of a request, if requests were made.
    pub latency: Option<Latency>,
    /// The index of the lane that it is compared with.
    pub floor: Option<usize>,
    /// The median of each round's own ratio to that lane.
    pub ratio: Option<f64>,
    /// The least ratio that is expected.
    pub at_least: Option<f64>,
    /// The accompanying requests, if there were to be any.
    pub beside: Option<Beside>,
}

/// Requests that were sent at a steady rate while something else was measured.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Beside {
    /// Their number over all rounds; each had the expected answer.
    pub requests: u64,
    /// The rate at which they were answered.
    pub per_second: f64,
    /// The rate at which they were to be sent.
    pub asked_per_second: f64,
}

/// Microseconds from the request to the answer's last byte, over all rounds.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Latency {
    /// Half of the requests took no longer.
    pub p50_us: u64,
    /// 99 of 100 took no longer.
    pub p99_us: u64,
}

impl Race {
    /// The lane that another one is compared with.
    #[must_use]
    pub fn floor_of(&self, lane: &Lane) -> Option<&Lane> {
        self.lanes.get(lane.floor?)
    }

    /// Whether the floor's rounds were steady enough, so that the ratio is meaningful.
    #[must_use]
    pub fn is_quiet(&self, lane: &Lane) -> bool {
        self.floor_of(lane)
            .is_none_or(|floor| floor.spread <= NOISE)
    }
}

impl Lane {
    /// Whether too few accompanying requests were answered for the lane's figures to be meaningful.
    #[must_use]
    pub fn lacked_company(&self) -> bool {
        self.beside
            .is_some_and(|beside| beside.per_second < LEAST_BESIDE * beside.asked_per_second)
    }
}

/// Merges a run's figures into those of the file, and returns all.
pub fn merge(file: &Path, host: &str, run: OfHost) -> Result<Figures> {
    let mut figures = if file.exists() {
        let text =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} does not contain figures: remove it", file.display()))?
    } else {
        Figures::new()
    };
    let kept = figures.entry(host.to_owned()).or_default();
    kept.machine = run.machine;
    kept.benches.extend(run.benches);
    let mut text = serde_json::to_vec_pretty(&figures).context("cannot write JSON")?;
    text.push(b'\n');
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bench(name: &str) -> OfHost {
        let bench = Bench {
            unit: "requests".to_owned(),
            races: Vec::new(),
            redis: Vec::new(),
        };
        OfHost {
            benches: [(name.to_owned(), bench)].into(),
            ..OfHost::default()
        }
    }

    #[test]
    fn a_run_leaves_what_others_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("figures.json");
        merge(&file, "spin", bench("discovery")).unwrap();
        merge(&file, "embedded", bench("seed")).unwrap();
        let figures = merge(&file, "spin", bench("seed")).unwrap();
        assert_eq!(figures["spin"].benches.len(), 2);
        assert_eq!(figures["embedded"].benches.len(), 1);
    }
}
