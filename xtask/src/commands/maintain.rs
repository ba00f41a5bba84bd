//! `maintain`: the daily maintenance of the running Shell's database.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use xtask::functions;

use super::DataDir;
use super::migrate::Target;

#[derive(Args)]
pub struct Maintain {
    #[command(flatten)]
    data_dir: DataDir,
}

impl Maintain {
    pub fn run(self) -> Result<ExitCode> {
        Target::find(&self.data_dir)?.run(functions::job_manifest("maintain"), Vec::new())
    }
}
