//! Casbin's implementations in Python and JavaScript, which must decide by an exported policy as the Shell does.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::node::{self, Packages};
use crate::{python, workspace};

/// Tells the tests where they are; without it, what needs them is left out.
const VARIABLE: &str = "SHELL_TEST_OTHER_CASBINS";

/// Their versions and those of all that they need, with hashes.
const PYTHON: &str = include_str!("../other-casbins/requirements.txt");
const NODE: Packages = Packages {
    wanted: include_str!("../other-casbins/package.json"),
    locked: include_str!("../other-casbins/package-lock.json"),
};

/// Programs that load a model and a policy, read questions as JSON and print what is decided on each.
const IN_PYTHON: &str = include_str!("../other-casbins/decide.py");
const IN_JAVASCRIPT: &str = include_str!("../other-casbins/decide.cjs");

/// Installs them where they are missing; returns the variable that tells tests of them.
pub fn ensure() -> Result<(&'static str, PathBuf)> {
    let folder = workspace::target().join("other-casbins");
    python::ensure(&folder.join("python"), PYTHON, "pycasbin")?;
    node::ensure(&folder.join("node"), &NODE, "node-casbin")?;
    Ok((VARIABLE, folder))
}

/// A command for each, by its name: it takes a model and a policy as arguments. None without
/// `cargo xtask test --other-casbins` or `cargo xtask ci`.
#[must_use]
pub fn programs() -> Vec<(&'static str, Command)> {
    let Some(folder) = std::env::var_os(VARIABLE).map(PathBuf::from) else {
        return Vec::new();
    };
    let mut python = Command::new(folder.join("python/bin/python"));
    python.args(["-c", IN_PYTHON]);
    let mut node = Command::new("node");
    // Where it looks for packages.
    node.current_dir(folder.join("node"))
        .args(["-e", IN_JAVASCRIPT]);
    vec![("pycasbin", python), ("node-casbin", node)]
}

/// What such a program decides on each of these questions.
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
    // It reads all before it answers.
    input.write_all(&serde_json::to_vec(questions)?)?;
    drop(input);
    let output = process.wait_with_output()?;
    if !output.status.success() {
        bail!("it failed ({})", output.status);
    }
    serde_json::from_slice(&output.stdout).context("its answer is not a list of decisions")
}
