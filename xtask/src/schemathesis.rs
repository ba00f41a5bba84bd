//! Schemathesis, a program in Python that asks a server whatever its contract allows, and what it does not.
//! It comes from PyPI into a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{process, workspace};

/// Tells the tests where it is; without it, what needs it is left out.
const VARIABLE: &str = "SHELL_TEST_SCHEMATHESIS";

/// Its version and those of all that it needs, so that one seed always makes the same requests.
const REQUIREMENTS: &str = include_str!("../schemathesis.txt");

/// Installs it where it is missing; returns the variable that tells tests of it.
pub fn ensure() -> Result<(&'static str, PathBuf)> {
    let folder = workspace::target().join("schemathesis");
    let installed = folder.join("installed.txt");
    let is_current = std::fs::read_to_string(&installed).is_ok_and(|text| text == REQUIREMENTS);
    if !is_current {
        install(&folder)?;
        std::fs::write(&installed, REQUIREMENTS)
            .with_context(|| format!("cannot write {}", installed.display()))?;
    }
    Ok((VARIABLE, folder.join("bin/schemathesis")))
}

/// Where it is, as `cargo xtask test --schemathesis` and `cargo xtask ci` say.
#[must_use]
pub fn program() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}

fn install(folder: &Path) -> Result<()> {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        bail!("python3 is missing, which schemathesis needs: install Python 3.10 or newer");
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(folder);
    process::run_quietly("python3 -m venv", &mut venv)
        .context("no environment for schemathesis (on Debian and Ubuntu: install python3-venv)")?;
    let requirements = folder.join("requirements.txt");
    std::fs::write(&requirements, REQUIREMENTS)
        .with_context(|| format!("cannot write {}", requirements.display()))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--requirement"]);
    pip.arg(&requirements);
    process::run_quietly("pip install", &mut pip).context("schemathesis cannot be installed")?;
    Ok(())
}
