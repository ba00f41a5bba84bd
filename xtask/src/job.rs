//! Running a one-shot component, `migrate` or `seed`, on a host.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use anyhow::{Context as _, Result};

use crate::host::{HostKind, HostProgram};
use crate::variables::Variables;
use crate::{process, workspace};

/// A component to be run once.
#[derive(Debug)]
pub struct Job<'a> {
    /// Its manifest.
    pub manifest: PathBuf,
    /// A folder for the host's own files.
    pub state: &'a Path,
    /// The application's variables.
    pub variables: &'a Variables,
    /// Arguments of the component.
    pub arguments: Vec<String>,
}

impl Job<'_> {
    /// Runs it with its output on ours.
    pub fn run(&self, host: &HostProgram) -> Result<ExitStatus> {
        process::run("the host", &mut self.command(host))
    }

    /// Runs it and returns its output; it is in the error when the job fails.
    pub fn run_quietly(&self, host: &HostProgram) -> Result<String> {
        process::run_quietly("the job", &mut self.command(host))
    }

    fn command(&self, host: &HostProgram) -> std::process::Command {
        let mut command = host.up(&self.manifest, self.state, self.variables);
        if host.kind() == HostKind::Spin {
            // Otherwise Spin copies the files first, and only those below the manifest's folder.
            command.arg("--direct-mounts");
        }
        if !self.arguments.is_empty() {
            command.arg("--").args(&self.arguments);
        }
        command
    }
}

/// Writes a copy of a job's manifest into another folder that mounts `files` instead of what the
/// original mounts, and returns its path.
pub fn manifest_with_files(manifest: &Path, files: &Path, copy: PathBuf) -> Result<PathBuf> {
    let text = std::fs::read_to_string(manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    let text = redirect(&text, &workspace::root(), files)
        .with_context(|| format!("cannot redirect {}", manifest.display()))?;
    std::fs::write(&copy, text).with_context(|| format!("cannot write {}", copy.display()))?;
    Ok(copy)
}

/// A job's manifest names two paths, both from its own folder: the component and the folder that
/// is mounted, which is called the same in the component.
fn redirect(manifest: &str, root: &Path, files: &Path) -> Result<String> {
    let written = manifest
        .split('"')
        .find(|text| text.starts_with("../../") && !text.ends_with(".wasm"))
        .context("it mounts no folder of the workspace")?;
    let mounted = manifest.replace(&quoted(Path::new(written))?, &quoted(files)?);
    let component = quoted(root)?;
    let component = component.trim_end_matches('"');
    Ok(mounted.replace("\"../../", &format!("{component}/")))
}

/// A path as a TOML string; JSON's escapes are among TOML's.
fn quoted(path: &Path) -> Result<String> {
    let text = path.to_str().context("a path is not UTF-8")?;
    serde_json::to_string(text).context("cannot quote a path")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_mounts_the_other_folder_and_finds_the_component() {
        let manifest = std::fs::read_to_string(crate::functions::job_manifest("seed")).unwrap();
        let copy = redirect(
            &manifest,
            Path::new("/the shell"),
            Path::new(r#"/my "data""#),
        )
        .unwrap();
        let component = "/the shell/target/wasm32-wasip2/release/seed.wasm";
        assert!(
            copy.contains(&format!("source = \"{component}\"")),
            "{copy}"
        );
        let mount = r#"{ source = "/my \"data\"", destination = "/seed-data" }"#;
        assert!(copy.contains(mount), "{copy}");
        assert!(!copy.contains("\"../../"), "{copy}");
    }

    #[test]
    fn a_manifest_without_a_mount_is_not_redirected() {
        let manifest = "source = \"../../target/seed.wasm\"";
        assert!(redirect(manifest, Path::new("/shell"), Path::new("/data")).is_err());
    }
}
