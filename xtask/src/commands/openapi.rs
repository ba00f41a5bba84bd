//! `openapi`: the API's description, generated from the code.

use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use xtask::workspace;

#[derive(Args)]
pub struct Openapi {
    /// Write nothing, and fail if the committed file does not match the code.
    #[arg(long)]
    check: bool,
}

impl Openapi {
    pub fn run(self) -> Result<ExitCode> {
        let generated = generate()?;
        let path = workspace::root().join("openapi.yaml");
        if self.check {
            check(&generated)?;
        } else {
            std::fs::write(&path, generated)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Fails if the committed file does not match the code.
pub fn check_current() -> Result<()> {
    check(&generate()?)
}

fn generate() -> Result<Vec<u8>> {
    let output = workspace::cargo()
        .args(["run", "--quiet", "--package", "openapi"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        bail!("the package openapi failed; its messages are above");
    }
    Ok(output.stdout)
}

fn check(generated: &[u8]) -> Result<()> {
    let committed = std::fs::read(workspace::root().join("openapi.yaml")).unwrap_or_default();
    if committed != generated {
        bail!("openapi.yaml does not match the code: run `cargo xtask openapi` and commit it");
    }
    Ok(())
}
