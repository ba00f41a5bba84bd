//! What was measured, as it is kept in a file: a run replaces its own part and leaves the rest.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// Above this spread of the floor's own rounds nothing can be said about a ratio.
pub const NOISE: f64 = 0.15;

/// Below this part of the rate at which something is to come beside a lane, the lane says nothing.
pub const LEAST_BESIDE: f64 = 0.95;

/// What most benchmarks over HTTP count.
pub const REQUESTS: &str = "requests";
/// What is counted where a request writes one.
pub const EVENTS: &str = "events";
/// What is counted where one request may ask for many.
pub const DECISIONS: &str = "decisions";
/// What is counted where many are written at once.
pub const ROWS: &str = "rows";

/// By the host's name: `embedded` or `spin`.
pub type Figures = BTreeMap<String, OfHost>;

/// The figures of one host.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct OfHost {
    /// What they were taken on.
    pub machine: BTreeMap<String, String>,
    /// By the benchmark's name.
    pub benches: BTreeMap<String, Bench>,
}

/// The figures of one benchmark.
#[derive(Debug, Deserialize, Serialize)]
pub struct Bench {
    /// What is counted: [`REQUESTS`], [`EVENTS`], [`DECISIONS`] or [`ROWS`].
    pub unit: String,
    /// By connections.
    pub races: Vec<Race>,
    /// What Redis held, where that was looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redis: Vec<Held>,
}

/// What Redis held at a moment.
#[derive(Debug, Deserialize, Serialize)]
pub struct Held {
    /// What had been asked by then.
    pub name: String,
    /// Keys of all kinds.
    pub keys: u64,
    /// Those of them that stay until somebody removes them.
    pub without_end: u64,
    /// What they take of memory.
    pub bytes: u64,
}

/// Lanes that took turns.
#[derive(Debug, Deserialize, Serialize)]
pub struct Race {
    /// How many connections were kept busy.
    pub connections: usize,
    /// What took turns.
    pub lanes: Vec<Lane>,
}

/// Medians over the rounds.
#[derive(Debug, Deserialize, Serialize)]
pub struct Lane {
    /// What it is.
    pub name: String,
    /// Of what is counted.
    pub per_second: f64,
    /// How far the rounds lay apart, the two extremes left out, as a part of their median.
    pub spread: f64,
    /// Of a request, where requests were made.
    pub latency: Option<Latency>,
    /// The place of the lane it is compared to.
    pub floor: Option<usize>,
    /// The median of each round's own ratio to that lane.
    pub ratio: Option<f64>,
    /// The least ratio that is expected.
    pub at_least: Option<f64>,
    /// What came beside it, where something was to.
    pub beside: Option<Beside>,
}

/// Requests that came at a steady rate while something else was measured.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Beside {
    /// Over all rounds; each was answered as it should be.
    pub requests: u64,
    /// How fast they came.
    pub per_second: f64,
    /// How fast they were to come.
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
    /// The lane that another one is compared to.
    #[must_use]
    pub fn floor_of(&self, lane: &Lane) -> Option<&Lane> {
        self.lanes.get(lane.floor?)
    }

    /// Whether the lane's floor held still, so that its ratio says something.
    #[must_use]
    pub fn is_quiet(&self, lane: &Lane) -> bool {
        self.floor_of(lane)
            .is_none_or(|floor| floor.spread <= NOISE)
    }
}

impl Lane {
    /// Whether too little came beside it for its figures to say what they are to.
    #[must_use]
    pub fn lacked_company(&self) -> bool {
        self.beside
            .is_some_and(|beside| beside.per_second < LEAST_BESIDE * beside.asked_per_second)
    }
}

/// Puts a run's figures beside those that the file holds, and returns all.
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
