//! The Spin on this machine: its path, and whether it can run the Shell.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::machine;

/// The oldest version with the WASI release that the functions need.
const OLDEST: (u32, u32) = (4, 1);

/// The plugin with which Spin runs jobs.
const COMMAND_TRIGGER: &str = "trigger-command";

/// Names another program than the one in PATH.
const VARIABLE: &str = "SPIN";

/// The program that $SPIN names, else the one in PATH, if any.
pub fn find() -> Result<Option<PathBuf>> {
    match std::env::var_os(VARIABLE) {
        Some(named) => at(named).map(Some),
        None => machine::in_path("spin").map(absolute).transpose(),
    }
}

/// The reason why it cannot run the functions and the jobs, if there is one.
#[must_use]
pub fn fault(program: &Path) -> Option<String> {
    let Some(version) = machine::version_line(program) else {
        return Some("it does not print its version".to_owned());
    };
    match number(&version) {
        None => Some(format!("it prints `{version}` as its version")),
        Some(version) if version < OLDEST => {
            let (major, minor) = OLDEST;
            Some(format!(
                "it is version {}.{}, and the functions need {major}.{minor}",
                version.0, version.1
            ))
        }
        Some(_) if !has_command_trigger(program) => Some(format!(
            "it has no command trigger that fits it, which the jobs need: \
             `spin plugins install {COMMAND_TRIGGER}`"
        )),
        Some(_) => None,
    }
}

fn at(named: OsString) -> Result<PathBuf> {
    let program = absolute(PathBuf::from(named))?;
    anyhow::ensure!(
        program.is_file(),
        "$SPIN does not name a program: {}",
        program.display()
    );
    Ok(program)
}

/// Links are not resolved: a program that is called by several names looks at the name.
fn absolute(program: PathBuf) -> Result<PathBuf> {
    std::path::absolute(&program).with_context(|| format!("cannot find {}", program.display()))
}

/// The first two numbers of `spin 4.1.0-pre0 (94a8fc8a 2026-08-21)`.
fn number(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix("spin ")?.split('.');
    let mut next = || numbers.next()?.parse().ok();
    Some((next()?, next()?))
}

fn has_command_trigger(program: &Path) -> bool {
    let mut command = Command::new(program);
    command.args(["plugins", "list", "--installed"]);
    command.output().is_ok_and(|output| {
        let listed = String::from_utf8_lossy(&output.stdout);
        output.status.success() && listed.lines().any(is_command_trigger)
    })
}

/// Matches `trigger-command 0.3.0 [installed]`. Spin marks an incompatible plugin with another pair of brackets.
fn is_command_trigger(line: &str) -> bool {
    line.split(' ').next() == Some(COMMAND_TRIGGER)
        && !line.contains("[requires Spin")
        && !line.contains("[incompatible]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_first_two_numbers() {
        for (said, enough) in [
            ("spin 4.1.0 (0123456 2026-09-01)", true),
            ("spin 4.1.0-pre0 (94a8fc8a 2026-08-21)", true),
            ("spin 4.10.2 (0123456 2027-01-01)", true),
            ("spin 5.0.0", true),
            ("spin 4.0.1 (0123456 2026-05-01)", false),
            ("spin 3.9.9 (0123456 2025-05-01)", false),
        ] {
            assert_eq!(number(said).unwrap() >= OLDEST, enough, "{said}");
        }
        for said in ["", "spin", "spin four.1", "Spin Verifier 6.5"] {
            assert_eq!(number(said), None, "{said}");
        }
    }

    #[test]
    fn a_command_trigger_must_fit() {
        assert!(is_command_trigger("trigger-command 0.3.0 [installed]"));
        for line in [
            "",
            "No plugins found",
            "trigger-command-gpu 0.3.0 [installed]",
            "trigger-command 0.3.0 [installed] [requires Spin >=5]",
            "trigger-command 0.3.0 [installed] [incompatible]",
        ] {
            assert!(!is_command_trigger(line), "{line}");
        }
    }
}
