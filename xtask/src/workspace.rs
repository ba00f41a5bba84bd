//! Where the workspace's files are.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace's root manifest.
#[must_use]
pub fn root() -> PathBuf {
    // As cargo says when it runs us: two clones that share a target folder share the program too,
    // and what was compiled in may name the other one.
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package
        .parent()
        .map_or_else(|| package.clone(), Path::to_owned)
}

/// Where `spin.toml` expects the components, whatever `CARGO_TARGET_DIR` says.
#[must_use]
pub fn target() -> PathBuf {
    root().join("target")
}

/// The cargo that started this program, run in the workspace.
#[must_use]
pub fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root());
    // What cargo said of us: build scripts that look at it (ring's) would run again after every call from here.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_MANIFEST_") || text.starts_with("CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    command
}
