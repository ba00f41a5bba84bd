//! `reconcile`: reads the users, groups and organizations that an identity provider has now.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use xtask::functions;

use super::DataDir;
use super::migrate::Target;

#[derive(Args)]
pub struct Reconcile {
    /// The slug of the identity provider [default: default].
    #[arg(long, value_name = "SLUG")]
    provider: Option<String>,
    /// Change nothing, and print what would change.
    #[arg(long)]
    dry_run: bool,
    /// Delete whatever the provider has deleted, without a limit.
    #[arg(long)]
    force: bool,
    /// Link seeded users to the provider's users with the same username.
    #[arg(long)]
    adopt: bool,
    #[command(flatten)]
    data_dir: DataDir,
}

impl Reconcile {
    pub fn run(self) -> Result<ExitCode> {
        let manifest = functions::job_manifest("reconcile");
        Target::find(&self.data_dir)?.run(manifest, self.arguments())
    }

    fn arguments(&self) -> Vec<String> {
        let provider = self.provider.iter();
        let provider = provider.flat_map(|slug| ["--provider".to_owned(), slug.clone()]);
        let flags = [
            (self.dry_run, "--dry-run"),
            (self.force, "--force"),
            (self.adopt, "--adopt"),
        ];
        let flags = flags.iter().filter(|(is_set, _)| *is_set);
        provider
            .chain(flags.map(|(_, flag)| (*flag).to_owned()))
            .collect()
    }
}
