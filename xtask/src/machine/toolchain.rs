//! What rustup installs: the wasm target, and the components that checks need.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::in_path;
use crate::process;

/// Adds a target to the active toolchain, unless it is installed, from whatever source.
pub fn ensure_target(target: &str) -> Result<()> {
    if sysroot()?
        .join("lib/rustlib")
        .join(target)
        .join("lib")
        .is_dir()
    {
        return Ok(());
    }
    rustup(&["target", "add", target])
}

/// Adds a component, such as `clippy`, unless its program is installed.
pub fn ensure_component(component: &str, program: &str) -> Result<()> {
    if sysroot()?.join("bin").join(program).is_file() {
        return Ok(());
    }
    rustup(&["component", "add", component])
}

fn sysroot() -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .output()
        .context("cannot run rustc")?;
    Ok(PathBuf::from(
        String::from_utf8_lossy(&output.stdout).trim(),
    ))
}

fn rustup(arguments: &[&str]) -> Result<()> {
    if in_path("rustup").is_none() {
        bail!(
            "this Rust toolchain needs what `rustup {}` installs, and rustup is missing: install it from https://rustup.rs",
            arguments.join(" ")
        );
    }
    process::run_quietly("rustup", Command::new("rustup").args(arguments))?;
    Ok(())
}
