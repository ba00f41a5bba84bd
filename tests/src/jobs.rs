//! Running the one-shot jobs, and folders for them to read.

use std::path::{Path, PathBuf};

use xtask::{
    functions,
    job::{self as jobs, Job},
    policy_export, secret,
    test_environment::TestEnvironment,
    variables::Variables,
};

/// A folder that a job mounts; the files in it are the test's.
pub struct Folder(PathBuf);

impl Folder {
    /// With these files.
    pub fn of(environment: &TestEnvironment, files: &[(&str, &str)]) -> Self {
        let folder = environment.folder.join(secret::random_token().unwrap());
        std::fs::create_dir_all(&folder).unwrap();
        let folder = Self(folder);
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// A copy of a folder of the repository.
    pub fn copy_of(environment: &TestEnvironment, name: &str) -> Self {
        let folder = Self::of(environment, &[]);
        copy(&xtask::workspace::root().join(name), folder.path());
        folder
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Adds or replaces a file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    /// A file's text.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// Adds to the end of a file.
    pub fn append(&self, name: &str, text: &str) {
        self.write(name, &(self.read(name) + text));
    }

    /// Takes a file out.
    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.0.join(name)).unwrap();
    }
}

/// Copies what is in a folder, and in those below it.
fn copy(from: &Path, to: &Path) {
    for entry in from.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir(&copied).unwrap();
            copy(&path, &copied);
        } else {
            std::fs::copy(&path, &copied).unwrap();
        }
    }
}

/// Runs a job, with a folder in place of its own where one is given. What it printed,
/// or, where it failed, the failure with what it printed.
pub fn job(
    environment: &TestEnvironment,
    name: &str,
    variables: &Variables,
    folder: Option<&Folder>,
    arguments: &[&str],
) -> Result<String, String> {
    let own = environment.folder.join(secret::random_token().unwrap());
    std::fs::create_dir_all(&own).unwrap();
    let mut manifest = functions::job_manifest(name);
    if let Some(folder) = folder {
        let copy = own.join("spin.toml");
        manifest = jobs::manifest_with_files(&manifest, folder.path(), copy).unwrap();
    }
    let arguments = arguments
        .iter()
        .map(|argument| (*argument).to_owned())
        .collect();
    Job {
        manifest,
        state: &own,
        variables,
        arguments,
    }
    .run_quietly(&environment.host)
    .map_err(|error| format!("{error:#}"))
}

/// Exports an organization's policy: its text, or none where the job failed, and what it said.
pub fn export(
    environment: &TestEnvironment,
    variables: &Variables,
    organization: &str,
) -> (Option<String>, String) {
    let mut said = Vec::new();
    let policy = policy_export::read(
        &environment.host,
        &environment.folder,
        variables,
        organization,
        &mut said,
    );
    (policy.unwrap(), String::from_utf8(said).unwrap())
}
