//! Compares the Shell with the cost of the host and the stores alone; `cargo xtask bench` starts it.
#![allow(
    clippy::disallowed_methods,
    reason = "no component: it reads the clock itself"
)]

mod access;
mod audit;
mod beats;
mod caller;
mod changing;
mod discovery;
mod figures;
mod floor;
mod heartbeat;
mod introspect;
mod load;
mod machine;
mod pages;
mod plot;
mod population;
mod race;
mod seed;
mod stage;
mod table;
mod trail;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use clap::builder::PossibleValuesParser;
use figures::{Bench, OfHost};
use xtask::test_environment::TestEnvironment;

/// The numbers of connections, measured one after the other.
const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// The number of callers, in turn.
const TOKENS: usize = 100;
/// The benchmarks that run if none is named.
const NAMES: [&str; 8] = [
    "discovery",
    "changing",
    "caller",
    "seed",
    "audit",
    "heartbeat",
    "introspect",
    ACCESS,
];
/// The benchmark with parts that have their own names.
const ACCESS: &str = "access";
/// A benchmark that takes too long to run unless it is named.
const LONG: &str = "audit-pages";

/// What `cargo xtask bench` was told.
#[derive(Parser)]
struct Options {
    /// Only this one.
    #[arg(value_parser = PossibleValuesParser::new(NAMES.into_iter().chain([LONG]).chain(access::names())))]
    name: Option<String>,
    /// How long a round lasts.
    #[arg(long)]
    seconds: f64,
    /// Where the figures are kept.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where they are drawn.
    #[arg(long, requires = "json")]
    svg: Option<PathBuf>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let measured = Duration::try_from_secs_f64(options.seconds)
        .ok()
        .filter(|time| !time.is_zero())
        .context("--seconds: expected a number above 0")?;
    let environment = TestEnvironment::from_env()?;
    let mut run = OfHost {
        machine: machine::describe(&environment)?,
        ..OfHost::default()
    };
    for (name, value) in &run.machine {
        println!("{name}: {value}");
    }
    let names = match &options.name {
        Some(name) => vec![name.as_str()],
        None => NAMES.to_vec(),
    };
    for name in names.into_iter().flat_map(parts) {
        eprintln!("measuring {name}: do not use the machine meanwhile");
        let benches = measure(name, &environment, measured);
        for (name, bench) in benches.with_context(|| format!("benchmark {name}"))? {
            println!("\n{}", table::bench(name, &bench));
            run.benches.insert(name.to_owned(), bench);
        }
    }
    let Some(json) = &options.json else {
        return Ok(());
    };
    let figures = figures::merge(json, environment.host.kind().name(), run)?;
    match &options.svg {
        Some(svg) => plot::draw(&figures, svg),
        None => Ok(()),
    }
}

/// The benchmarks that a name stands for, in order.
fn parts(name: &str) -> Vec<&str> {
    match name {
        ACCESS => access::names().collect(),
        name => vec![name],
    }
}

/// A benchmark's name in the figures, and its figures.
fn measure(
    name: &str,
    environment: &TestEnvironment,
    measured: Duration,
) -> Result<Vec<(&'static str, Bench)>> {
    Ok(match name {
        "discovery" => vec![("discovery", discovery::run(environment, measured)?)],
        "changing" => vec![("changing", changing::run(environment, measured)?)],
        "caller" => vec![("caller", caller::run(environment, measured)?)],
        "seed" => vec![("seed", seed::run(environment)?)],
        "audit" => {
            let [one, bulk] = audit::run(environment, measured)?;
            vec![("audit", one), ("audit-bulk", bulk)]
        }
        "heartbeat" => vec![("heartbeat", heartbeat::run(environment, measured)?)],
        "introspect" => vec![("introspect", introspect::run(environment, measured)?)],
        LONG => vec![(LONG, pages::run(environment, measured)?)],
        part => {
            let Some((name, run)) = access::part(part) else {
                bail!("there is no benchmark {part}");
            };
            vec![(name, run(environment, measured)?)]
        }
    })
}
