//! Programs that are started, watched and stopped; never by name, always by a handle or a checked process id.

use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal};

use crate::interrupt;

const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A running program in its own process group: Ctrl-C in the terminal reaches only this program,
/// which then stops everything in order.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
}

impl Process {
    /// Starts the program without standard input.
    pub fn spawn(name: &'static str, command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_owned();
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self { name, child })
    }

    /// Its name in messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Standard output, if it was piped and not taken before.
    pub fn take_stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Standard error, if it was piped and not taken before.
    pub fn take_stderr(&mut self) -> Option<std::process::ChildStderr> {
        self.child.stderr.take()
    }

    /// The exit status, or `None` while it runs.
    pub fn exit_status(&mut self) -> Result<Option<ExitStatus>> {
        self.child
            .try_wait()
            .with_context(|| format!("cannot ask after {}", self.name))
    }

    /// Waits until it ends; an interrupt stops it.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.exit_status()? {
                return Ok(status);
            }
            interrupt::check()?;
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Sends it a signal, waits, and kills its group if it has not ended by then.
    pub fn stop(&mut self, signal: Signal, patience: Duration) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        send(self.id(), signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(LOOK_AGAIN);
        }
        self.kill();
    }

    /// Kills it at once, as a crash would.
    pub fn kill(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            signal_group(self.id(), Signal::KILL);
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // Cargo and apt do not pass the signal on to their children; a service has already been stopped.
            signal_group(self.id(), Signal::TERM);
            self.stop(Signal::TERM, Duration::from_secs(10));
        }
    }
}

/// Runs a program to its end with our own standard output and error.
pub fn run(name: &'static str, command: &mut Command) -> Result<ExitStatus> {
    Process::spawn(name, command)?.wait()
}

/// Runs a program to its end, and fails if the program fails; the error has its output.
pub fn run_quietly(name: &'static str, command: &mut Command) -> Result<String> {
    let (mut reader, writer) = io::pipe().context("cannot make a pipe")?;
    let error_writer = writer.try_clone().context("cannot make a pipe")?;
    let mut process = Process::spawn(name, command.stdout(writer).stderr(error_writer))?;
    // The command would keep its ends of the pipe open, and the reader would wait for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let output = thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = reader.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let status = process.wait()?;
    let output = output.join().unwrap_or_default();
    if !status.success() {
        bail!("{name} failed ({status}):\n{}", output.trim_end());
    }
    Ok(output)
}

/// Sends a signal to one process; a process that has already ended is no error.
pub(crate) fn send(id: u32, signal: Signal) {
    if let Some(pid) = pid(id) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Sends a signal to all processes of a group.
pub(crate) fn signal_group(id: u32, signal: Signal) {
    if let Some(pid) = pid(id) {
        let _ = rustix::process::kill_process_group(pid, signal);
    }
}

/// Whether a process with this id exists.
pub(crate) fn exists(id: u32) -> bool {
    // The error for another user's process is "not permitted", so it exists.
    pid(id)
        .is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}
