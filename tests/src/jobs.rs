//! Running the one-shot jobs, and folders that they read.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use xtask::{
    functions,
    job::{self as jobs, Job},
    policy_export,
    process::Process,
    secret,
    test_environment::TestEnvironment,
    variables::Variables,
};

/// The first line of `users.csv`.
pub const USERS_HEADER: &str = "organization,username,email,display_name,external_id,attributes\n";

/// A folder that a job mounts, with the test's own files.
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

    /// A copy of a folder in the repository.
    pub fn copy_of(environment: &TestEnvironment, name: &str) -> Self {
        let folder = Self::of(environment, &[]);
        copy(&xtask::workspace::root().join(name), folder.path());
        folder
    }

    /// Its path.
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

    /// Appends to a file.
    pub fn append(&self, name: &str, text: &str) {
        self.write(name, &(self.read(name) + text));
    }

    /// Removes a file.
    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.0.join(name)).unwrap();
    }
}

/// Copies a folder's content recursively.
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

/// Runs a job, with this folder mounted instead of its own if one is given. Returns its output,
/// or an error with its output if the job fails.
pub fn job(
    environment: &TestEnvironment,
    name: &str,
    variables: &Variables,
    folder: Option<&Folder>,
    arguments: &[&str],
) -> Result<String, String> {
    let own = own_folder(environment);
    let mut manifest = functions::job_manifest(name);
    if let Some(folder) = folder {
        let copy = own.join("spin.toml");
        manifest = jobs::manifest_with_files(&manifest, folder.path(), copy).unwrap();
    }
    Job {
        manifest,
        state: &own,
        variables,
        arguments: owned(arguments),
    }
    .run_quietly(&environment.host)
    .map_err(|error| format!("{error:#}"))
}

/// A job that runs in parallel to the test, which may kill it.
pub struct RunningJob {
    process: Process,
    output: PathBuf,
}

impl RunningJob {
    /// Starts one.
    pub fn start(
        environment: &TestEnvironment,
        name: &str,
        variables: &Variables,
        arguments: &[&str],
    ) -> Self {
        let own = own_folder(environment);
        let output = own.join("output");
        let job = Job {
            manifest: functions::job_manifest(name),
            state: &own,
            variables,
            arguments: owned(arguments),
        };
        let file = File::create(&output).unwrap();
        let process = job.start(&environment.host, file).unwrap();
        Self { process, output }
    }

    /// Kills it, as a crash would.
    pub fn kill(mut self) {
        self.process.kill();
    }

    /// Its output, as [`job`] returns it, if it has ended.
    pub fn ended(mut self) -> Result<Result<String, String>, Self> {
        match self.process.exit_status().unwrap() {
            Some(_) => Ok(self.end()),
            None => Err(self),
        }
    }

    /// Waits until it ends; returns its output, as [`job`] does.
    pub fn end(mut self) -> Result<String, String> {
        let status = self.process.wait().unwrap();
        let output = std::fs::read_to_string(&self.output).unwrap();
        if status.success() {
            Ok(output)
        } else {
            Err(output)
        }
    }
}

fn own_folder(environment: &TestEnvironment) -> PathBuf {
    let own = environment.folder.join(secret::random_token().unwrap());
    std::fs::create_dir_all(&own).unwrap();
    own
}

fn owned(arguments: &[&str]) -> Vec<String> {
    let arguments = arguments.iter();
    arguments.map(|argument| (*argument).to_owned()).collect()
}

/// Exports an organization's policy: returns its text, or `None` if the job failed, and the job's messages.
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
