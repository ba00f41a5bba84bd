//! `test`: every test, on services that it starts and stops itself.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use xtask::functions;
use xtask::host::{HostKind, HostProgram};
use xtask::progress::Steps;
use xtask::workspace;

use super::{build, disposable};

#[derive(Args)]
pub struct Test {
    /// Only tests whose names contain this.
    filter: Option<String>,
    /// What runs the components; on a Spin, only the end-to-end tests are run.
    #[arg(long, value_enum, default_value_t)]
    host: HostKind,
}

impl Test {
    pub fn run(self) -> Result<ExitCode> {
        run(&Steps::default(), self.host, self.filter.as_deref())
    }
}

/// The steps of a test run; the tests' exit code is the result.
pub fn run(steps: &Steps, host: HostKind, filter: Option<&str>) -> Result<ExitCode> {
    let program = HostProgram::find(host)?;
    let mut components = functions::packages("functions")?;
    components.extend(functions::packages("tests")?);
    build::steps(steps, &program, &components)?;
    let mut cargo = workspace::cargo();
    cargo.arg("test");
    match host {
        HostKind::Embedded => cargo.arg("--workspace"),
        HostKind::Spin => cargo.args(["--package", "tests"]),
    };
    if let Some(filter) = filter {
        cargo.args(["--", filter]);
    }
    disposable::run(steps, "shell-test", program, "cargo test", &mut cargo)
}
