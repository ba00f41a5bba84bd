//! A certified third-party OpenID provider whose tokens the Shell must accept: `oidc-provider` from npm.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::node::{self, Packages};
use crate::workspace;

/// The variable that tells the tests where it is; without it, the tests that need it do nothing.
const VARIABLE: &str = "SHELL_TEST_OPENID_PROVIDER";

const PACKAGES: Packages = Packages {
    wanted: include_str!("../openid-provider/package.json"),
    locked: include_str!("../openid-provider/package-lock.json"),
};

const PROGRAM: &str = include_str!("../openid-provider/serve.mjs");

/// Installs it if it is missing; returns the variable for the tests.
pub fn ensure() -> Result<(&'static str, PathBuf)> {
    let folder = workspace::target().join("openid-provider");
    node::ensure(&folder, &PACKAGES, "oidc-provider")?;
    Ok((VARIABLE, folder))
}

/// A command that serves it, with the arguments that `serve.mjs` names; it prints its issuer, and ends at a
/// signal. `None` without `cargo xtask test --openid-provider` or `cargo xtask ci`.
#[must_use]
pub fn program() -> Option<Command> {
    let folder = std::env::var_os(VARIABLE)?;
    let mut node = Command::new("node");
    // Node.js looks for packages in the current folder.
    node.current_dir(folder)
        .args(["--input-type=module", "--eval", PROGRAM, "--"]);
    Some(node)
}
