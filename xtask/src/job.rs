//! Running a one-shot component, such as `migrate`, on a host.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use toml::{Table, Value};

use crate::host::HostProgram;
use crate::interrupt;
use crate::process::{self, Process};
use crate::variables::Variables;

/// A component to run once.
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
    /// Runs it, with its output on ours.
    pub fn run(&self, host: &HostProgram) -> Result<ExitStatus> {
        process::run("the host", &mut self.command(host))
    }

    /// Runs it and returns its output; if the job fails, the error has the output.
    pub fn run_quietly(&self, host: &HostProgram) -> Result<String> {
        process::run_quietly("the job", &mut self.command(host))
    }

    /// Starts it; its own output and the host's go to a file.
    pub fn start(&self, host: &HostProgram, output: File) -> Result<Process> {
        let errors = output.try_clone().context("cannot open a file twice")?;
        let mut command = self.command(host);
        Process::spawn("the job", command.stdout(output).stderr(errors))
    }

    /// Runs it with its standard error on `shown`, and returns its exit status and, if that is a success, its standard
    /// output.
    ///
    /// Spin shows both on one stream; only the state folder has a file for each, on every host. So
    /// the state folder must belong to this run alone.
    pub fn run_for_output(
        &self,
        host: &HostProgram,
        component: &str,
        shown: &mut dyn Write,
    ) -> Result<(ExitStatus, String)> {
        let mut command = host.up(&self.manifest, self.state, self.variables);
        command.arg("--quiet").stdout(Stdio::null());
        self.add_arguments(&mut command);
        let file = |stream: &str| {
            let name = format!("{component}_{stream}.txt");
            self.state.join("logs").join(name)
        };
        let mut process = Process::spawn("the host", &mut command)?;
        let mut said = Follow::of(file("stderr"));
        let status = loop {
            let ended = process.exit_status()?;
            // Everything that was written before the end is in the file by now.
            said.pass_on(shown)?;
            if let Some(status) = ended {
                break status;
            }
            interrupt::check()?;
            thread::sleep(Duration::from_millis(50));
        };
        if !status.success() {
            return Ok((status, String::new()));
        }
        let output = file("stdout");
        let output = std::fs::read_to_string(&output)
            .with_context(|| format!("cannot read {}", output.display()))?;
        Ok((status, output))
    }

    fn command(&self, host: &HostProgram) -> std::process::Command {
        let mut command = host.up(&self.manifest, self.state, self.variables);
        self.add_arguments(&mut command);
        command
    }

    fn add_arguments(&self, command: &mut std::process::Command) {
        if !self.arguments.is_empty() {
            command.arg("--").args(&self.arguments);
        }
    }
}

/// A file that grows, and may not exist yet.
struct Follow {
    path: PathBuf,
    file: Option<File>,
}

impl Follow {
    fn of(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// Passes on what was written since the last time.
    fn pass_on(&mut self, shown: &mut dyn Write) -> Result<()> {
        let cannot = || format!("cannot read {}", self.path.display());
        if self.file.is_none() {
            match File::open(&self.path) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                opened => self.file = Some(opened.with_context(cannot)?),
            }
        }
        if let Some(file) = &mut self.file {
            std::io::copy(file, shown).with_context(cannot)?;
        }
        Ok(())
    }
}

/// Writes a copy of a job's manifest into another folder and returns its path; the copy mounts `files`
/// instead of what the original mounts.
pub fn manifest_with_files(manifest: &Path, files: &Path, copy: PathBuf) -> Result<PathBuf> {
    let folder = manifest.parent().context("a manifest lies in a folder")?;
    let copy_folder = copy.parent().context("a manifest lies in a folder")?;
    let copy_folder = copy_folder
        .canonicalize()
        .with_context(|| format!("cannot find {}", copy_folder.display()))?;
    let files = files
        .canonicalize()
        .with_context(|| format!("cannot find {}", files.display()))?;
    let text = std::fs::read_to_string(manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    let text = redirect(&text, folder, &upwards(&copy_folder, &files))
        .with_context(|| format!("cannot redirect {}", manifest.display()))?;
    std::fs::write(&copy, text).with_context(|| format!("cannot write {}", copy.display()))?;
    Ok(copy)
}

/// The relative path from one absolute folder to another through the root: Spin mounts only paths
/// that are relative to the manifest's own folder.
fn upwards(from: &Path, to: &Path) -> PathBuf {
    let up = from.components().skip(1).map(|_| Component::ParentDir);
    let down = to.components().skip(1);
    up.chain(down).collect()
}

/// Changes a manifest so that its components are found where the original has them, and the files elsewhere.
fn redirect(manifest: &str, folder: &Path, files: &Path) -> Result<String> {
    let mut manifest: Table = manifest.parse()?;
    let components = manifest
        .get_mut("component")
        .and_then(Value::as_table_mut)
        .context("there is no [component.…]")?;
    for (_, component) in components.iter_mut() {
        let component = component
            .as_table_mut()
            .context("a component is not a table")?;
        let source = component
            .get("source")
            .and_then(Value::as_str)
            .context("a component has no `source`")?;
        let source = text(&folder.join(source))?;
        component.insert("source".to_owned(), source);
        let mounts = component.get_mut("files").and_then(Value::as_array_mut);
        for mount in mounts.into_iter().flatten().filter_map(Value::as_table_mut) {
            mount.insert("source".to_owned(), text(files)?);
        }
    }
    Ok(manifest.to_string())
}

fn text(path: &Path) -> Result<Value> {
    let text = path.to_str().context("a path is not UTF-8")?;
    Ok(Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_mounts_the_other_folder_and_finds_the_component() {
        let manifest = std::fs::read_to_string(crate::functions::job_manifest("seed")).unwrap();
        let folder = Path::new("/the shell/functions/seed");
        let copy = redirect(&manifest, folder, Path::new(r#"../my "data""#)).unwrap();
        let copy: Table = copy.parse().unwrap();
        let seed = &copy["component"]["seed"];
        let source = "/the shell/functions/seed/../../target/wasm32-wasip2/release/seed.wasm";
        assert_eq!(seed["source"].as_str(), Some(source));
        assert_eq!(seed["files"][0]["source"].as_str(), Some(r#"../my "data""#));
        assert_eq!(seed["files"][0]["destination"].as_str(), Some("/seed-data"));
    }

    #[test]
    fn the_way_between_two_folders() {
        let way = upwards(Path::new("/a/b"), Path::new("/c/d"));
        assert_eq!(way, Path::new("../../c/d"));
    }
}
