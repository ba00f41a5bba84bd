//! The code that the one-shot jobs share: exit codes, connection, progress and audit events.
#![cfg(target_family = "wasm")]

pub mod audit;
pub mod database;
pub mod progress;

use std::process::ExitCode;

use anyhow::Context;

/// Runs a job to its end and prints on stderr why it failed.
///
/// Hosts get an exit code only from `main` returning.
pub fn run(work: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault:#}");
            ExitCode::FAILURE
        }
    }
}

/// A variable of the job's manifest.
pub fn variable(name: &str) -> anyhow::Result<String> {
    spin_sdk_jobs::variables::get(name).with_context(|| format!("variable {name}"))
}

/// The job's arguments. The first is the component's id, as hosts pass it.
pub fn arguments() -> impl Iterator<Item = String> {
    std::env::args().skip(1)
}
