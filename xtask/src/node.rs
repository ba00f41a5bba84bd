//! Programs and libraries in JavaScript, which are installed from npm into a separate folder.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process;

/// The packages of one folder.
#[derive(Debug)]
pub struct Packages {
    /// A `package.json`.
    pub wanted: &'static str,
    /// Its `package-lock.json`: the versions of these and of all their dependencies, with hashes.
    pub locked: &'static str,
}

/// Makes the folder contain exactly these packages, if it does not already. `what` is the program that needs them.
pub fn ensure(folder: &Path, packages: &Packages, what: &str) -> Result<()> {
    let files = [
        ("package.json", packages.wanted),
        ("package-lock.json", packages.locked),
    ];
    let is_current = files.iter().all(|(name, text)| {
        std::fs::read_to_string(folder.join(name)).is_ok_and(|installed| installed == *text)
    });
    if is_current && folder.join("node_modules/.package-lock.json").exists() {
        return Ok(());
    }
    for program in ["node", "npm"] {
        let found = Command::new(program).arg("--version").output();
        if !found.is_ok_and(|output| output.status.success()) {
            bail!("{program} is missing, which {what} needs: install Node.js 20 or newer with npm");
        }
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in files {
        let file = folder.join(name);
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(folder)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    process::run_quietly("npm ci", &mut npm)
        .with_context(|| format!("{what} cannot be installed"))?;
    Ok(())
}
