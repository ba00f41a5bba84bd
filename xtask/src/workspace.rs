//! Where the workspace's files are.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace's root manifest.
#[must_use]
pub fn root() -> PathBuf {
    // From cargo when it runs us: two clones that share a target folder also share this program,
    // and the compiled-in path may be that of the other clone.
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package
        .parent()
        .map_or_else(|| package.clone(), Path::to_owned)
}

/// The folder where `spin.toml` expects the components, whatever `CARGO_TARGET_DIR` is.
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
    // Without cargo's variables about this package: build scripts that read them (ring's) would otherwise run
    // again after every call from here.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_MANIFEST_") || text.starts_with("CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    command
}
