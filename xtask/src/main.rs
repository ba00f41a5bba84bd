//! `cargo xtask`: the entrance to the repository.
#![allow(
    clippy::disallowed_methods,
    reason = "no component: it reads the clock itself"
)]

mod commands;

use std::process::ExitCode;

use clap::Parser;
use xtask::interrupt::{self, Interrupted};

use commands::Command;

/// Builds, starts, tests and checks the Shell.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = interrupt::listen().and_then(|()| cli.command.run());
    match result {
        Ok(code) => code,
        Err(error) if error.is::<Interrupted>() => commands::interrupted(),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
