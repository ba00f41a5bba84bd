//! `build`: builds the components, and the host that runs them here.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use xtask::functions::{self, TARGET};
use xtask::host::{HostKind, HostProgram};
use xtask::machine;
use xtask::progress::Steps;

#[derive(Args)]
pub struct Build {
    /// The host of the components.
    #[arg(long, value_enum, default_value_t)]
    host: HostKind,
}

impl Build {
    pub fn run(self) -> Result<ExitCode> {
        steps(&Steps::default(), &HostProgram::find(self.host)?, &[])?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The steps of a whole build, with which `up` and `test` begin; `test` also builds the `others`.
pub fn steps(steps: &Steps, host: &HostProgram, others: &[String]) -> Result<()> {
    steps.quiet("looking for the wasm target", || {
        machine::ensure_target(TARGET)?;
        Ok(format!("target {TARGET}"))
    })?;
    steps.loud("building", || {
        functions::build(others, host.kind())?;
        Ok("built".to_owned())
    })?;
    if host.kind() == HostKind::Embedded {
        steps.quiet("compiling the components to machine code", || {
            functions::precompile(host, &functions::manifests()?)?;
            Ok("components compiled to machine code".to_owned())
        })?;
    }
    Ok(())
}
