//! The hosts that run the components: the embedded one of this workspace, or a Spin.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use rustix::process::Signal;

use crate::process::Process;
use crate::variables::{self, Variables};
use crate::{interrupt, log, spin, workspace};

/// Which host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum HostKind {
    /// The one in `host/`.
    #[default]
    Embedded,
    /// `spin` in PATH, or what $SPIN names.
    Spin,
}

impl HostKind {
    /// Its name on the command line and in the environment.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Spin => "spin",
        }
    }
}

/// The program of a host.
#[derive(Clone, Debug)]
pub struct HostProgram {
    kind: HostKind,
    program: PathBuf,
}

impl HostProgram {
    /// The program of this kind; the embedded host may still have to be built.
    pub fn find(kind: HostKind) -> Result<Self> {
        let program = match kind {
            HostKind::Embedded => workspace::target().join("release/shell-host"),
            HostKind::Spin => spin::find()?.context(
                "there is no `spin` in PATH: install Spin 4.1 or newer, or name it in $SPIN",
            )?,
        };
        Ok(Self { kind, program })
    }

    /// The program if none was named: the Spin on this machine if it can run the Shell, because it need not be built;
    /// otherwise the embedded host. Also returns what to print about this choice.
    pub fn choose() -> Result<(Self, Option<String>)> {
        let Some(program) = spin::find()? else {
            return Ok((Self::find(HostKind::Embedded)?, None));
        };
        let name = program.display();
        Ok(match spin::fault(&program) {
            None => {
                let said =
                    format!("{name} runs the Shell; use `--host embedded` for the embedded host");
                (Self::new(HostKind::Spin, program), Some(said))
            }
            Some(fault) => {
                let said = format!("the embedded host runs the Shell, not {name}: {fault}");
                (Self::find(HostKind::Embedded)?, Some(said))
            }
        })
    }

    /// The program that an instance was started with, as its env file has it.
    pub fn remembered(kind: Option<&str>, program: Option<&str>) -> Result<Self> {
        let kind = HostKind::from_str(kind.unwrap_or_default(), false).unwrap_or_default();
        let program = program
            .map(PathBuf::from)
            .filter(|program| program.is_file());
        match (kind, program) {
            (HostKind::Spin, Some(program)) => Ok(Self::new(kind, program)),
            // The host of this workspace is rebuilt if its sources have changed.
            _ => Self::find(kind),
        }
    }

    /// A program at a known path.
    #[must_use]
    pub fn new(kind: HostKind, program: PathBuf) -> Self {
        Self { kind, program }
    }

    /// Which host it is.
    #[must_use]
    pub fn kind(&self) -> HostKind {
        self.kind
    }

    /// Its path.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The `up` command for a manifest with these variables.
    pub(crate) fn up(&self, manifest: &Path, state: &Path, variables: &Variables) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("up")
            .arg("-f")
            .arg(manifest)
            .arg("--state-dir")
            .arg(state);
        for name in variables::unreadable() {
            command.env_remove(name);
        }
        command.envs(
            variables
                .iter()
                .map(|(name, value)| (variables::environment_name(name), value)),
        );
        command
    }
}

/// Where the output of the host and the components goes. The components' output is also in the host's own files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Output {
    /// To `host.log`, and to our own output.
    Shown,
    /// To `host.log`.
    Logged,
    /// Only the host's own output, to `host.log`.
    HostAlone,
}

/// What to serve and how.
#[derive(Debug)]
pub struct Application<'a> {
    /// The manifest.
    pub manifest: &'a Path,
    /// The address, such as `127.0.0.1:3000`; port 0 picks a free port.
    pub listen: &'a str,
    /// A folder for the host's own files; the log and the pid file are written there too.
    pub store: &'a Path,
    /// The application's variables.
    pub variables: &'a Variables,
    /// Where the output of the host and the components goes.
    pub output: Output,
}

/// A host that serves HTTP; dropping it stops it.
#[derive(Debug)]
pub struct Server {
    process: Process,
    url: String,
    store: PathBuf,
}

impl Server {
    /// Starts the host and waits until it listens.
    pub fn start(host: &HostProgram, application: &Application<'_>) -> Result<Self> {
        let store = application.store;
        let log_file = log::create(&store.join("host.log"))?;
        let mut command = host.up(
            application.manifest,
            &store.join("host"),
            application.variables,
        );
        command
            .args(["--listen", application.listen])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if application.output == Output::HostAlone {
            command.arg("--quiet");
        }
        let mut process = Process::spawn("the host", &mut command)?;
        std::fs::write(pid_file(store), process.id().to_string())
            .context("cannot write the host's pid file")?;

        let errors = process
            .take_stderr()
            .context("the host has no standard error")?;
        let error_log = log_file.try_clone().context("cannot use the log")?;
        log::follow(
            errors,
            error_log,
            shown(application.output, std::io::stderr()),
        );
        let output = process
            .take_stdout()
            .context("the host has no standard output")?;
        let (sender, receiver) = mpsc::channel();
        let shown = shown(application.output, std::io::stdout());
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            if let Some(url) = address(&mut output) {
                let _ = sender.send(url);
            }
            log::follow(output, log_file, shown);
        });
        let mut server = Self {
            process,
            url: String::new(),
            store: store.to_owned(),
        };
        server.url = server.wait_for(&receiver)?;
        Ok(server)
    }

    fn wait_for(&mut self, address: &mpsc::Receiver<String>) -> Result<String> {
        // The first start of a host may have to compile every component.
        let deadline = Instant::now() + Duration::from_secs(180);
        loop {
            interrupt::check()?;
            match address.recv_timeout(Duration::from_millis(100)) {
                Ok(url) => return Ok(url),
                Err(_) if self.exit_status()?.is_some() => {
                    bail!("the host did not start:\n{}", log::tail(&self.log(), 15));
                }
                Err(_) if Instant::now() > deadline => {
                    bail!(
                        "the host did not start to listen:\n{}",
                        log::tail(&self.log(), 15)
                    );
                }
                Err(_) => {}
            }
        }
    }

    /// The URL, such as `http://127.0.0.1:3000`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file with all output of the host and the components.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.store.join("host.log")
    }

    /// The exit status, or `None` while it runs.
    pub fn exit_status(&mut self) -> Result<Option<ExitStatus>> {
        self.process.exit_status()
    }

    /// Kills it at once, as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Stops it; requests in flight may finish if the host allows it.
    pub fn stop(&mut self) {
        self.process.stop(Signal::TERM, Duration::from_secs(15));
        let _ = std::fs::remove_file(pid_file(&self.store));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The file with a running host's process id.
pub(crate) fn pid_file(store: &Path) -> PathBuf {
    store.join("host.pid")
}

fn shown(output: Output, stream: impl Write + Send + 'static) -> Box<dyn Write + Send> {
    if output == Output::Shown {
        Box::new(stream)
    } else {
        Box::new(std::io::sink())
    }
}

/// Reads lines up to the one that has the address.
fn address(output: &mut BufReader<impl Read>) -> Option<String> {
    let mut line = String::new();
    while output.read_line(&mut line).is_ok_and(|count| count > 0) {
        if let Some(at) = line.find("http://") {
            let url = line.get(at..)?.split_whitespace().next()?;
            return Some(url.trim_end_matches('/').to_owned());
        }
        line.clear();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_and_nothing_more_is_read() {
        let text = "Preparing\nServing http://127.0.0.1:3000/\n{\"route\":\"/\"}\n";
        let mut output = BufReader::new(text.as_bytes());
        assert_eq!(
            address(&mut output).as_deref(),
            Some("http://127.0.0.1:3000")
        );
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "{\"route\":\"/\"}\n");
        assert_eq!(address(&mut BufReader::new("no\n".as_bytes())), None);
    }
}
