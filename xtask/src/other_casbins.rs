//! Casbin's implementations in Python and JavaScript, whose decisions by an exported policy must equal the Shell's.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::node::{self, Packages};
use crate::{python, workspace};

/// The variable that tells the tests where they are; without it, the tests that need them do nothing.
const VARIABLE: &str = "SHELL_TEST_OTHER_CASBINS";

/// Their versions and those of all their dependencies, with hashes.
const PYTHON: &str = include_str!("../other-casbins/requirements.txt");
const NODE: Packages = Packages {
    wanted: include_str!("../other-casbins/package.json"),
    locked: include_str!("../other-casbins/package-lock.json"),
};

/// Programs that load a model and a policy, read questions as JSON and print each decision.
const IN_PYTHON: &str = include_str!("../other-casbins/decide.py");
const IN_JAVASCRIPT: &str = include_str!("../other-casbins/decide.cjs");

/// Installs them if they are missing; returns the variable for the tests.
pub fn ensure() -> Result<(&'static str, PathBuf)> {
    let folder = workspace::target().join("other-casbins");
    python::ensure(&folder.join("python"), PYTHON, "pycasbin")?;
    node::ensure(&folder.join("node"), &NODE, "node-casbin")?;
    Ok((VARIABLE, folder))
}

/// A command for each, with its name: it takes a model and a policy as arguments. Empty without
/// `cargo xtask test --other-casbins` or `cargo xtask ci`.
#[must_use]
pub fn programs() -> Vec<(&'static str, Command)> {
    let Some(folder) = std::env::var_os(VARIABLE).map(PathBuf::from) else {
        return Vec::new();
    };
    let mut python = Command::new(folder.join("python/bin/python"));
    python.args(["-c", IN_PYTHON]);
    let mut node = Command::new("node");
    // Node.js looks for packages in the current folder.
    node.current_dir(folder.join("node"))
        .args(["-e", IN_JAVASCRIPT]);
    vec![("pycasbin", python), ("node-casbin", node)]
}

/// Runs such a program and returns its decision on each of these questions.
pub fn decide(
    program: &mut Command,
    model: &Path,
    policy: &Path,
    questions: &[[String; 4]],
) -> Result<Vec<bool>> {
    let mut process = program
        .args([model, policy])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start it")?;
    let mut input = process.stdin.take().context("it has no input")?;
    // The program reads all questions before it answers.
    input.write_all(&serde_json::to_vec(questions)?)?;
    drop(input);
    let output = process.wait_with_output()?;
    if !output.status.success() {
        bail!("it failed ({})", output.status);
    }
    serde_json::from_slice(&output.stdout).context("its answer is not a list of decisions")
}
