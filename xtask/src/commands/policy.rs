//! `policy export`: exports an organization's policy from the running Shell, for any Casbin.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use xtask::policy_export;

use super::DataDir;
use super::migrate::Target;

#[derive(Subcommand)]
pub enum Policy {
    /// Write an organization's policy as model.conf and policy.csv, which every Casbin can load.
    Export(Export),
}

#[derive(Args)]
pub struct Export {
    /// The folder to write to; it is created if it is missing.
    folder: PathBuf,
    /// The organization whose policy it is: a slug or an id.
    #[arg(long, value_name = "SLUG")]
    organization: String,
    /// Replace existing files.
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    data_dir: DataDir,
}

impl Policy {
    pub fn run(self) -> Result<ExitCode> {
        let Self::Export(export) = self;
        let target = Target::find(&export.data_dir)?;
        let files = policy_export::Files::in_folder(&export.folder, export.overwrite)?;
        let (host, variables) = target.prepare()?;
        let policy = policy_export::read(
            &host,
            &target.home.join("jobs"),
            &variables,
            &export.organization,
            &mut std::io::stderr(),
        )?;
        match policy {
            Some(policy) => {
                files.write(&policy)?;
                Ok(ExitCode::SUCCESS)
            }
            // The job has printed the reason.
            None => Ok(ExitCode::FAILURE),
        }
    }
}
