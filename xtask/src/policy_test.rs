//! The program that tests a policy: how it is built, and its path.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{process, workspace};

/// Its path once it is built.
#[must_use]
pub fn program() -> PathBuf {
    workspace::target().join("debug/policy-test")
}

/// Builds it.
pub fn build() -> Result<()> {
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--package", "policy-test"]);
    cargo.arg("--target-dir").arg(workspace::target());
    let status = process::run("the build of policy-test", &mut cargo)?;
    if !status.success() {
        bail!("the build of policy-test failed ({status}); cargo's messages are above");
    }
    Ok(())
}
