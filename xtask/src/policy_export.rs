//! An organization's policy as files: the job prints it, since hosts do not let jobs write files.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::host::HostProgram;
use crate::job::Job;
use crate::variables::Variables;
use crate::{functions, secret};

/// The name of the job and of its component.
const JOB: &str = "export-policy";

/// How the last line of its output begins. A host that is stopped exits with success, too.
const END: &str = "# End: ";

/// Casbin's model, which is the same for every organization.
const MODEL: &str = include_str!("../../functions/export-policy/model.conf");

/// The files that the policy is written to.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// The files in this folder; fails if they exist and must not be replaced.
    pub fn in_folder(folder: &Path, overwrite: bool) -> Result<Self> {
        let files = Self {
            folder: folder.to_owned(),
        };
        if folder.exists() && !folder.is_dir() {
            bail!("{} is not a folder", folder.display());
        }
        let there = [files.model(), files.policy()]
            .into_iter()
            .find(|file| file.exists());
        match there {
            Some(file) if !overwrite => bail!(
                "{} already exists: name another folder, or add --overwrite",
                file.display()
            ),
            _ => Ok(files),
        }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> PathBuf {
        self.folder.join("model.conf")
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> PathBuf {
        self.folder.join("policy.csv")
    }

    /// Writes both; a concurrent reader finds each file either as it was or as it is now.
    pub fn write(&self, policy: &str) -> Result<()> {
        std::fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot make {}", self.folder.display()))?;
        for (file, text) in [(self.model(), MODEL), (self.policy(), policy)] {
            let new = file.with_extension("new");
            std::fs::write(&new, text)
                .and_then(|()| std::fs::rename(&new, &file))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(())
    }
}

/// The text of an organization's policy, or `None` if the job failed; its messages are written to `shown`.
///
/// `folder` is where it may create a folder for the run.
pub fn read(
    host: &HostProgram,
    folder: &Path,
    variables: &Variables,
    organization: &str,
    shown: &mut dyn Write,
) -> Result<Option<String>> {
    let state = folder.join(secret::random_token()?);
    let job = Job {
        manifest: functions::job_manifest(JOB),
        state: &state,
        variables,
        arguments: vec!["--organization".to_owned(), organization.to_owned()],
    };
    let ran = job.run_for_output(host, JOB, shown);
    // It holds the job's output; whether it could be removed changes nothing.
    let _ = std::fs::remove_dir_all(&state);
    let (status, policy) = ran?;
    if !status.success() {
        return Ok(None);
    }
    if !is_whole(&policy) {
        bail!("the job was stopped before it ended; nothing was written");
    }
    Ok(Some(policy))
}

/// Whether the job reached its end: a part that is missing might be a denial.
fn is_whole(policy: &str) -> bool {
    let last = policy.lines().next_back();
    policy.ends_with('\n') && last.is_some_and(|last| last.starts_with(END))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_policy_is_none() {
        assert!(is_whole("p, role:a, b, *, c, allow\n\n# End: 1 lines\n"));
        for half in [
            "",
            "p, role:a, b, *, c, allow\n",
            "g, user:a, role:b\n# End: 1",
        ] {
            assert!(!is_whole(half), "{half}");
        }
    }

    #[test]
    fn what_is_there_stays_unless_it_is_said() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("policy");
        let files = Files::in_folder(&folder, false).unwrap();
        files.write("first\n").unwrap();
        let refused = Files::in_folder(&folder, false).unwrap_err().to_string();
        assert!(refused.contains("model.conf already exists"), "{refused}");
        Files::in_folder(&folder, true)
            .unwrap()
            .write("second\n")
            .unwrap();
        let policy = std::fs::read_to_string(files.policy()).unwrap();
        assert_eq!(policy, "second\n");
        assert!(Files::in_folder(&files.policy(), true).is_err());
    }
}
