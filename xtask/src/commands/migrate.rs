//! `migrate`: applies the migrations to the running Shell's database.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use xtask::env_file::Values;
use xtask::functions;
use xtask::host::HostProgram;
use xtask::instance;
use xtask::job::Job;
use xtask::variables::Variables;

use super::{DataDir, pass_on};

#[derive(Args)]
pub struct Migrate {
    /// Run nothing, and print what would run.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    data_dir: DataDir,
}

impl Migrate {
    pub fn run(self) -> Result<ExitCode> {
        let target = Target::find(&self.data_dir)?;
        let arguments = if self.dry_run {
            vec!["--dry-run".to_owned()]
        } else {
            Vec::new()
        };
        target.run(functions::job_manifest("migrate"), arguments)
    }
}

/// The running instance that a job works on.
pub struct Target {
    /// The instance's folder.
    pub home: PathBuf,
    environment: Values,
}

impl Target {
    pub fn find(data_dir: &DataDir) -> Result<Self> {
        let environment = instance::running(&data_dir.path())?;
        let home = data_dir
            .path()
            .canonicalize()
            .context("cannot open the data directory")?;
        Ok(Self { home, environment })
    }

    /// Runs a job on the host that runs the instance, and returns the job's exit code.
    pub fn run(&self, manifest: PathBuf, arguments: Vec<String>) -> Result<ExitCode> {
        let (host, variables) = self.prepare()?;
        let state = self.home.join("jobs");
        let job = Job {
            manifest,
            state: &state,
            variables: &variables,
            arguments,
        };
        Ok(pass_on(job.run(&host)?))
    }

    /// Builds the jobs; returns the host that runs the instance, and the variables it was started with.
    pub fn prepare(&self) -> Result<(HostProgram, Variables)> {
        let get = |name: &str| self.environment.get(name).map(String::as_str);
        let host = HostProgram::remembered(get("SHELL_HOST"), get("SHELL_HOST_PROGRAM"))?;
        functions::build(&[], host.kind())?;
        let variables = self
            .environment
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.clone()))
            .collect();
        Ok((host, variables))
    }
}
