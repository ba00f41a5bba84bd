//! `replay`: applies events of the running Shell's inbox again.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use xtask::functions;

use super::DataDir;
use super::migrate::Target;

#[derive(Args)]
pub struct Replay {
    #[command(flatten)]
    data_dir: DataDir,
}

impl Replay {
    pub fn run(self) -> Result<ExitCode> {
        Target::find(&self.data_dir)?.run(functions::job_manifest("replay"), Vec::new())
    }
}
