//! Programs and libraries in Python, which are installed from PyPI into a separate folder.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process;

/// Makes the folder a virtual environment with exactly these packages, if it is not already. `what` needs them.
pub fn ensure(folder: &Path, requirements: &str, what: &str) -> Result<()> {
    let installed = folder.join("installed.txt");
    let is_current = std::fs::read_to_string(&installed).is_ok_and(|text| text == requirements);
    if !is_current {
        install(folder, requirements, what)?;
        std::fs::write(&installed, requirements)
            .with_context(|| format!("cannot write {}", installed.display()))?;
    }
    Ok(())
}

fn install(folder: &Path, requirements: &str, what: &str) -> Result<()> {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        bail!("python3 is missing, which {what} needs: install Python 3.10 or newer");
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(folder);
    process::run_quietly("python3 -m venv", &mut venv).with_context(|| {
        format!("cannot create a virtual environment for {what} (on Debian and Ubuntu: install python3-venv)")
    })?;
    let file = folder.join("requirements.txt");
    std::fs::write(&file, requirements)
        .with_context(|| format!("cannot write {}", file.display()))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--requirement"]);
    pip.arg(&file);
    process::run_quietly("pip install", &mut pip)
        .with_context(|| format!("{what} cannot be installed"))?;
    Ok(())
}
