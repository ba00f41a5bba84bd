//! `bench`: how fast the Shell is on this machine, compared with the floors of the same run.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use xtask::functions;
use xtask::host::{HostKind, HostProgram};
use xtask::progress::Steps;
use xtask::workspace;

use super::{build, disposable};

#[derive(Args)]
pub struct Bench {
    /// Only this benchmark, or this part of access; audit-pages, which first writes 4 GB, runs only if it is named.
    #[arg(value_parser = ["discovery", "changing", "caller", "seed", "audit", "heartbeat", "introspect", "audit-pages",
        "access", "access-decision", "access-growth", "access-batch", "access-cold", "access-changing",
        "access-many"])]
    name: Option<String>,
    /// The host of the components.
    #[arg(long, value_enum, default_value_t)]
    host: HostKind,
    /// The length of a round, in seconds.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Write the figures to this file; figures of other hosts and benchmarks in it are kept.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the figures of the `--json` file to this file: throughput against connections.
    #[arg(long, value_name = "FILE", requires = "json")]
    svg: Option<PathBuf>,
}

impl Bench {
    pub fn run(self) -> Result<ExitCode> {
        let steps = Steps::default();
        let host = HostProgram::find(self.host)?;
        build::steps(&steps, &host, &functions::packages("bench")?)?;
        let mut cargo = workspace::cargo();
        cargo.args(["run", "--release", "--package", "bench", "--"]);
        cargo.args(&self.name);
        cargo.args(["--seconds", &self.seconds.to_string()]);
        for (option, file) in [("--json", self.json), ("--svg", self.svg)] {
            if let Some(file) = file {
                // Cargo runs in the workspace; the caller's working directory may be another.
                let file = std::path::absolute(file).context("the file has no path")?;
                cargo.arg(option).arg(file);
            }
        }
        disposable::run(
            &steps,
            "shell-bench",
            host,
            None,
            None,
            "the benchmark",
            &mut cargo,
        )
    }
}
