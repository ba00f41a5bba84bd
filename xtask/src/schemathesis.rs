//! Schemathesis, a program in Python that asks a server whatever its contract allows, and what it does not.

use std::path::PathBuf;

use anyhow::Result;

use crate::{python, workspace};

/// Tells the tests where it is; without it, what needs it is left out.
const VARIABLE: &str = "SHELL_TEST_SCHEMATHESIS";

/// Its version and those of all that it needs, so that one seed always makes the same requests.
const REQUIREMENTS: &str = include_str!("../schemathesis.txt");

/// Installs it where it is missing; returns the variable that tells tests of it.
pub fn ensure() -> Result<(&'static str, PathBuf)> {
    let folder = workspace::target().join("schemathesis");
    python::ensure(&folder, REQUIREMENTS, "schemathesis")?;
    Ok((VARIABLE, folder.join("bin/schemathesis")))
}

/// Where it is, as `cargo xtask test --schemathesis` and `cargo xtask ci` say.
#[must_use]
pub fn program() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}
