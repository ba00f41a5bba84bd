//! Schemathesis, a program in Python that sends a server requests that its contract allows, and some that it does not.

use std::path::PathBuf;

use anyhow::Result;

use crate::{python, workspace};

/// The variable that tells the tests where it is; without it, the tests that need it do nothing.
const VARIABLE: &str = "SHELL_TEST_SCHEMATHESIS";

/// Its version and those of all its dependencies, so that one seed always makes the same requests.
const REQUIREMENTS: &str = include_str!("../schemathesis.txt");

/// Installs it if it is missing; returns the variable for the tests.
pub fn ensure() -> Result<(&'static str, PathBuf)> {
    let folder = workspace::target().join("schemathesis");
    python::ensure(&folder, REQUIREMENTS, "schemathesis")?;
    Ok((VARIABLE, folder.join("bin/schemathesis")))
}

/// Its path, if `cargo xtask test --schemathesis` or `cargo xtask ci` runs the tests.
#[must_use]
pub fn program() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}
