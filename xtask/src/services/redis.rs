//! A private Redis: nothing is stored on disk, nothing is evicted.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;

use super::{free_port, ready_deadline};
use crate::connection::StoreUrl;
use crate::machine::RedisProgram;
use crate::process::Process;
use crate::{interrupt, log};

/// A running Redis; dropping it stops it.
#[derive(Debug)]
pub struct Redis {
    program: RedisProgram,
    folder: PathBuf,
    port: u16,
    process: Process,
}

impl Redis {
    /// Starts a server with its log and pid file in `folder`, on the preferred port if it is free.
    pub fn start(
        program: &RedisProgram,
        folder: &Path,
        preferred_port: Option<u16>,
    ) -> Result<Self> {
        let port = free_port(preferred_port)?;
        let process = launch(program, folder, port)?;
        Ok(Self {
            program: program.clone(),
            folder: folder.to_owned(),
            port,
            process,
        })
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> StoreUrl {
        StoreUrl {
            scheme: "redis",
            user: String::new(),
            password: String::new(),
            host: format!("127.0.0.1:{}", self.port),
            database: String::new(),
        }
    }

    /// Its log file.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        log_file(&self.folder)
    }

    /// The exit status, or `None` while it runs.
    pub fn exit_status(&mut self) -> Result<Option<ExitStatus>> {
        self.process.exit_status()
    }

    /// Stops it gracefully.
    pub fn stop(&mut self) {
        self.process.stop(Signal::TERM, Duration::from_secs(5));
        let _ = std::fs::remove_file(pid_file(&self.folder));
    }

    /// Kills it at once, as a crash would.
    pub fn kill_hard(&mut self) {
        self.process.kill();
    }

    /// Starts it again, empty, on the same port.
    pub fn restart(&mut self) -> Result<()> {
        self.stop();
        self.process = launch(&self.program, &self.folder, self.port)?;
        Ok(())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The file with a running server's process id.
pub(crate) fn pid_file(folder: &Path) -> PathBuf {
    folder.join("redis.pid")
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("redis.log")
}

fn launch(program: &RedisProgram, folder: &Path, port: u16) -> Result<Process> {
    let log = log::create(&log_file(folder))?;
    let mut command = Command::new(&program.server);
    command
        .args(["--bind", "127.0.0.1", "--daemonize", "no"])
        .args(["--save", "", "--appendonly", "no"])
        .args(["--maxmemory-policy", "noeviction"])
        // Then its command line still names the folder; a process left running is recognized by it.
        .args(["--set-proc-title", "no"])
        .arg("--port")
        .arg(port.to_string())
        .arg("--dir")
        .arg(folder)
        .stdout(log.try_clone().context("cannot use the log")?)
        .stderr(log);
    let mut process = Process::spawn("Redis", &mut command)?;
    let id = process.id().to_string();
    std::fs::write(pid_file(folder), id).context("cannot write redis.pid")?;

    let deadline = ready_deadline();
    while !answers(port) {
        interrupt::check()?;
        if let Some(status) = process.exit_status()? {
            bail!(
                "Redis did not start ({status}):\n{}",
                log::tail(&log_file(folder), 10)
            );
        }
        if Instant::now() > deadline {
            bail!(
                "Redis does not respond:\n{}",
                log::tail(&log_file(folder), 10)
            );
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(process)
}

fn answers(port: u16) -> bool {
    let ping = || -> std::io::Result<bool> {
        let second = Duration::from_secs(1);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut stream = TcpStream::connect_timeout(&address, second)?;
        stream.set_read_timeout(Some(second))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 7];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG\r\n")
    };
    ping().unwrap_or(false)
}
