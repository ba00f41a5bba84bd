//! Measures the Shell against what the host and the stores cost alone; `cargo xtask bench` starts it.

mod caller;
mod discovery;
mod figures;
mod floor;
mod load;
mod machine;
mod plot;
mod race;
mod seed;
mod stage;
mod table;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use figures::OfHost;
use xtask::test_environment::TestEnvironment;

/// How many connections are kept busy, one after the other.
const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// How many callers take turns.
const TOKENS: usize = 100;
const NAMES: [&str; 3] = ["discovery", "caller", "seed"];

/// What `cargo xtask bench` was told.
#[derive(Parser)]
struct Options {
    /// Only this one.
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
    for name in NAMES {
        if options.name.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        eprintln!("measuring {name}: leave the machine alone");
        let bench = match name {
            "discovery" => discovery::run(&environment, measured),
            "caller" => caller::run(&environment, measured),
            "seed" => seed::run(&environment),
            unknown => bail!("there is no benchmark {unknown}"),
        };
        let bench = bench.with_context(|| format!("benchmark {name}"))?;
        println!("\n{}", table::bench(name, &bench));
        run.benches.insert(name.to_owned(), bench);
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
