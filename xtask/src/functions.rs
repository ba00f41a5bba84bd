//! The components under `functions/`: which exist, and how they are compiled.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::host::{HostKind, HostProgram};
use crate::{process, workspace};

/// The target of every component.
pub const TARGET: &str = "wasm32-wasip2";

/// The alias in `.cargo/config.toml` that builds the functions; the manifests name it for `spin build`.
const BUILD: &str = "components";

/// The packages in a folder of the workspace; each has the name of its folder.
pub fn packages(folder: &str) -> Result<Vec<String>> {
    let path = workspace::root().join(folder);
    let entries = path
        .read_dir()
        .with_context(|| format!("cannot list {}", path.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {}", path.display()))?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// A job's own manifest.
#[must_use]
pub fn job_manifest(name: &str) -> PathBuf {
    workspace::root()
        .join("functions")
        .join(name)
        .join("spin.toml")
}

/// The HTTP application's manifest.
#[must_use]
pub fn application_manifest() -> PathBuf {
    workspace::root().join("spin.toml")
}

/// Builds the functions and the other components, and the embedded host if it is to run them.
pub fn build(others: &[String], host: HostKind) -> Result<()> {
    let mut cargo = workspace::cargo();
    run_cargo("the build of the components", cargo.arg(BUILD))?;
    if !others.is_empty() {
        // In a separate build, so that crates shared with the functions keep the features that they have without these.
        let mut cargo = workspace::cargo();
        cargo.args(["build", "--release", "--target", TARGET]);
        for component in others {
            cargo.args(["--package", component]);
        }
        run_cargo("the build of the components", &mut cargo)?;
    }
    if host == HostKind::Embedded {
        let mut cargo = workspace::cargo();
        cargo.args(["build", "--release", "--package", "host"]);
        run_cargo("the build of the host", &mut cargo)?;
    }
    Ok(())
}

/// Lets the embedded host compile components to machine code now instead of at their first start.
pub fn precompile(host: &HostProgram, manifests: &[PathBuf]) -> Result<()> {
    if host.kind() == HostKind::Embedded {
        for manifest in manifests {
            let mut command = Command::new(host.program());
            command.arg("compile").arg("-f").arg(manifest);
            process::run_quietly("compiling to machine code", &mut command)?;
        }
    }
    Ok(())
}

/// Every manifest of the workspace: the application's and the jobs'.
pub fn manifests() -> Result<Vec<PathBuf>> {
    let jobs = packages("functions")?;
    let jobs = jobs.iter().map(|name| job_manifest(name));
    Ok(std::iter::once(application_manifest())
        .chain(jobs.filter(|manifest| Path::exists(manifest)))
        .collect())
}

fn run_cargo(name: &'static str, cargo: &mut Command) -> Result<()> {
    // The manifests name files in this folder.
    cargo.arg("--target-dir").arg(workspace::target());
    let status = process::run(name, cargo)?;
    if !status.success() {
        bail!("{name} failed ({status}); cargo's messages are above");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use toml::{Table, Value};

    use super::*;

    fn read(path: &Path) -> Table {
        std::fs::read_to_string(path).unwrap().parse().unwrap()
    }

    #[test]
    fn spin_build_is_the_build_of_the_front_door() {
        let root = workspace::root().canonicalize().unwrap();
        for manifest in manifests().unwrap() {
            let table = read(&manifest);
            let components = table["component"].as_table().unwrap();
            for (id, component) in components {
                let build = &component["build"];
                assert_eq!(build["command"].as_str(), Some("cargo components"), "{id}");
                let folder = build.get("workdir").and_then(Value::as_str);
                let folder = manifest.parent().unwrap().join(folder.unwrap_or_default());
                assert_eq!(folder.canonicalize().unwrap(), root, "{id}");
            }
        }
    }

    #[test]
    fn the_build_has_every_function() {
        let config = read(&workspace::root().join(".cargo/config.toml"));
        let alias = config["alias"][BUILD].as_array().unwrap();
        let mut expected: Vec<_> = ["build", "--release", "--target", TARGET]
            .map(str::to_owned)
            .into();
        for package in packages("functions").unwrap() {
            expected.extend(["--package".to_owned(), package]);
        }
        assert_eq!(
            *alias,
            expected.into_iter().map(Value::String).collect::<Vec<_>>()
        );
    }
}
