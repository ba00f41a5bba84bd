//! A process that a killed run left running: a pid file names it, and it is provably ours.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rustix::process::Signal;

use crate::process;

/// Stops the process that a pid file names if its command line names the folder, and removes the file.
///
/// Process ids are reused soon; if the command line does not name the folder, the process is not ours.
pub(crate) fn stop_leftover(pid_file: &Path, folder: &Path, signal: Signal) -> Result<()> {
    let Ok(text) = std::fs::read_to_string(pid_file) else {
        return Ok(());
    };
    let id = text
        .lines()
        .next()
        .and_then(|line| line.trim().parse().ok());
    if let Some(id) = id
        && is_ours(id, folder)
    {
        stop(id, signal)?;
    }
    let _ = std::fs::remove_file(pid_file);
    Ok(())
}

/// Stops a server of this cluster that was left running.
pub(crate) fn stop_cluster(folder: &Path) -> Result<()> {
    stop_leftover(&folder.join("postmaster.pid"), folder, Signal::INT)
}

fn is_ours(id: u32, folder: &Path) -> bool {
    process::exists(id)
        && command_line(id).is_some_and(|line| mentions(&line, &folder.to_string_lossy()))
}

fn stop(id: u32, signal: Signal) -> Result<()> {
    process::send(id, signal);
    if ends_within(id, Duration::from_secs(10)) {
        return Ok(());
    }
    // Every service leads its own process group.
    process::signal_group(id, Signal::KILL);
    if !ends_within(id, Duration::from_secs(5)) {
        bail!("process {id} of an earlier run did not end: stop it yourself");
    }
    Ok(())
}

fn ends_within(id: u32, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    // A process that has ended, but whose parent has not collected it, still exists, without a command line.
    while process::exists(id) && command_line(id).is_some_and(|line| !line.is_empty()) {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

/// The arguments of a running process, separated by NUL (Linux) or spaces.
fn command_line(id: u32) -> Option<String> {
    if Path::new("/proc/self/cmdline").exists() {
        let bytes = std::fs::read(format!("/proc/{id}/cmdline")).ok()?;
        return Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    let id = id.to_string();
    let output = Command::new("ps")
        .args(["-o", "command=", "-p", &id])
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether an argument is the folder or a path below it; `/a/.shell-2` is not below `/a/.shell`.
fn mentions(command_line: &str, folder: &str) -> bool {
    command_line.match_indices(folder).any(|(at, _)| {
        let rest = command_line.get(at + folder.len()..).unwrap_or_default();
        rest.is_empty() || rest.starts_with(['/', '\0', ' ', '\n'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folder_itself_counts() {
        assert!(mentions(
            "postgres\0-D\0/a/.shell/postgres\0",
            "/a/.shell/postgres"
        ));
        assert!(mentions("redis-server --dir /a/.shell", "/a/.shell"));
        assert!(mentions("host\0--state-dir\0/a/.shell/host\0", "/a/.shell"));
        assert!(!mentions("postgres\0-D\0/a/.shell-2\0", "/a/.shell"));
        assert!(!mentions("vim\0", "/a/.shell"));
    }

    #[test]
    fn somebody_elses_process_is_left_alone() {
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pid_file = folder.path().join("redis.pid");
        std::fs::write(&pid_file, other.id().to_string()).unwrap();

        stop_leftover(&pid_file, folder.path(), Signal::TERM).unwrap();

        assert!(other.try_wait().unwrap().is_none());
        assert!(!pid_file.exists());
        other.kill().unwrap();
        other.wait().unwrap();
    }

    #[test]
    fn our_own_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let script = "while :; do sleep 0.1; done";
        let mut command = Command::new("sh");
        let mut ours = command.args(["-c", script]).arg(folder).spawn().unwrap();
        let pid_file = folder.join("host.pid");
        std::fs::write(&pid_file, ours.id().to_string()).unwrap();
        // The arguments become visible a moment after the start.
        while !is_ours(ours.id(), folder) {
            thread::sleep(Duration::from_millis(5));
        }

        stop_leftover(&pid_file, folder, Signal::TERM).unwrap();

        assert!(!ours.wait().unwrap().success());
    }
}
