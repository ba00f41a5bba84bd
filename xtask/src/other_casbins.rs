//! Casbin's implementations in Python and JavaScript, which must decide by an exported policy as the Shell does.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{process, python, workspace};

/// Tells the tests where they are; without it, what needs them is left out.
const VARIABLE: &str = "SHELL_TEST_OTHER_CASBINS";

/// Their versions and those of all that they need, with hashes.
const PYTHON: &str = include_str!("../other-casbins/requirements.txt");
const NODE: [(&str, &str); 2] = [
    (
        "package.json",
        include_str!("../other-casbins/package.json"),
    ),
    (
        "package-lock.json",
        include_str!("../other-casbins/package-lock.json"),
    ),
];

/// Programs that load a model and a policy, read questions as JSON and print what is decided on each.
const IN_PYTHON: &str = include_str!("../other-casbins/decide.py");
const IN_JAVASCRIPT: &str = include_str!("../other-casbins/decide.cjs");

/// Installs them where they are missing; returns the variable that tells tests of them.
pub fn ensure() -> Result<(&'static str, PathBuf)> {
    let folder = workspace::target().join("other-casbins");
    python::ensure(&folder.join("python"), PYTHON, "pycasbin")?;
    ensure_node(&folder.join("node"))?;
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
    serde_json::from_slice(&output.stdout).context("it answers no list of decisions")
}

fn ensure_node(folder: &Path) -> Result<()> {
    let is_current = NODE.iter().all(|(name, text)| {
        std::fs::read_to_string(folder.join(name)).is_ok_and(|installed| installed == *text)
    });
    if is_current && folder.join("node_modules/.package-lock.json").exists() {
        return Ok(());
    }
    for program in ["node", "npm"] {
        let found = Command::new(program).arg("--version").output();
        if !found.is_ok_and(|output| output.status.success()) {
            bail!(
                "{program} is missing, which node-casbin needs: install Node.js 20 or newer with npm"
            );
        }
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in NODE {
        let file = folder.join(name);
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(folder)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    process::run_quietly("npm ci", &mut npm).context("node-casbin cannot be installed")?;
    Ok(())
}
