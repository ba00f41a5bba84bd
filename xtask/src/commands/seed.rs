//! `seed`: imports CSV files into the running Shell's database.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use xtask::{functions, job};

use super::DataDir;
use super::migrate::Target;

#[derive(Args)]
pub struct Seed {
    /// The folder with the CSV files; by default the repository's `seed-data`.
    folder: Option<PathBuf>,
    /// Update existing rows that differ.
    #[arg(long)]
    update: bool,
    #[command(flatten)]
    data_dir: DataDir,
}

impl Seed {
    pub fn run(self) -> Result<ExitCode> {
        let target = Target::find(&self.data_dir)?;
        let mut manifest = functions::job_manifest("seed");
        if let Some(folder) = &self.folder {
            let folder = folder
                .canonicalize()
                .with_context(|| format!("cannot open {}", folder.display()))?;
            // Another run may import another folder at the same moment.
            let copy = target
                .home
                .join(format!("seed-{}.toml", std::process::id()));
            manifest = job::manifest_with_files(&manifest, &folder, copy)?;
        }
        let arguments = if self.update {
            vec!["--update".to_owned()]
        } else {
            Vec::new()
        };
        let ended = target.run(manifest.clone(), arguments);
        if self.folder.is_some() {
            // The copy is of no further use.
            let _ = std::fs::remove_file(manifest);
        }
        ended
    }
}
