//! A private Keycloak on the loopback interface, with its data in a file.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;

use super::free_port;
use crate::machine::{BUILD_OPTIONS, KeycloakProgram};
use crate::process::Process;
use crate::{interrupt, log};

/// How long it may take to become ready: at the first start it creates its tables, and it builds itself if it was not
/// built with our options.
const READY_WITHIN: Duration = Duration::from_secs(240);

/// The preferred port, below the range from which the system assigns ports.
const USUAL_PORT: u16 = 8180;

/// What to start.
#[derive(Clone, Debug)]
pub struct KeycloakSettings {
    /// The folder for its data, its log and its pid file.
    pub folder: PathBuf,
    /// The port of earlier runs, which must be free, because it is part of the issuer's name.
    pub port: Option<u16>,
    /// Whether it exists only for a test run; then any port will do.
    pub disposable: bool,
    /// The administrator's username; the administrator is created at the first start.
    pub administrator: String,
    /// The administrator's password.
    pub password: String,
}

/// A running Keycloak; dropping it stops it.
#[derive(Debug)]
pub struct Keycloak {
    folder: PathBuf,
    port: u16,
    process: Process,
}

impl Keycloak {
    /// Starts it; it answers once [`Self::wait_until_ready`] has returned.
    pub fn start(program: &KeycloakProgram, settings: &KeycloakSettings) -> Result<Self> {
        let port = port(settings)?;
        let process = launch(program, settings, port)?;
        Ok(Self {
            folder: settings.folder.clone(),
            port,
            process,
        })
    }

    /// Returns when it is ready.
    pub fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + READY_WITHIN;
        while !answers(self.port) {
            interrupt::check()?;
            if let Some(status) = self.exit_status()? {
                bail!(
                    "Keycloak did not start ({status}):\n{}",
                    log::tail(&self.log(), 15)
                );
            }
            if Instant::now() > deadline {
                bail!("Keycloak does not respond:\n{}", log::tail(&self.log(), 15));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL, such as `http://127.0.0.1:8180`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
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
        self.process.stop(Signal::TERM, Duration::from_secs(20));
        let _ = std::fs::remove_file(pid_file(&self.folder));
    }
}

impl Drop for Keycloak {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The file with a running server's process id.
pub(crate) fn pid_file(folder: &Path) -> PathBuf {
    folder.join("keycloak.pid")
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("keycloak.log")
}

fn port(settings: &KeycloakSettings) -> Result<u16> {
    match settings.port {
        Some(port) => {
            TcpListener::bind(("127.0.0.1", port)).with_context(|| {
                format!(
                    "Keycloak served on port {port} of 127.0.0.1, which is part of its issuer's name, and another process uses the port now: stop that process"
                )
            })?;
            Ok(port)
        }
        None if settings.disposable => free_port(None),
        None => free_port(Some(USUAL_PORT)),
    }
}

fn launch(program: &KeycloakProgram, settings: &KeycloakSettings, port: u16) -> Result<Process> {
    let folder = &settings.folder;
    let log = log::create(&log_file(folder))?;
    let mut command = Command::new(&program.script);
    // Keycloak's variables in the environment are about another Keycloak.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KC_") {
            command.env_remove(name);
        }
    }
    command
        .arg("start")
        .args(BUILD_OPTIONS)
        .args([
            "--cache=local",
            "--http-enabled=true",
            "--http-host=127.0.0.1",
            // The Shell is on the loopback interface, too; only this option lets Keycloak send security event tokens
            // there. The Shell should receive them within a second.
            "--spi-ssf-transmitter--default--allow-insecure-push-targets=true",
            "--spi-ssf-transmitter--default--outbox-drainer-interval=1s",
        ])
        .arg(format!("--http-port={port}"))
        .arg(format!("--hostname=http://127.0.0.1:{port}"))
        // A process left running is recognized by the folder in its command line.
        .arg(format!(
            "--db-url=jdbc:h2:file:{}/keycloak/data;NON_KEYWORDS=VALUE",
            folder.display()
        ))
        .env("JAVA_HOME", &program.java.home)
        .env("JAVA_OPTS_KC_HEAP", "-Xms64m -Xmx512m")
        .env("KC_BOOTSTRAP_ADMIN_USERNAME", &settings.administrator)
        .env("KC_BOOTSTRAP_ADMIN_PASSWORD", &settings.password)
        .stdout(log.try_clone().context("cannot use the log")?)
        .stderr(log);
    let process = Process::spawn("Keycloak", &mut command)?;
    let id = process.id().to_string();
    std::fs::write(pid_file(folder), id).context("cannot write keycloak.pid")?;
    Ok(process)
}

fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let second = Duration::from_secs(1);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut stream = TcpStream::connect_timeout(&address, second)?;
        // The first request loads what all later ones use.
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "GET /realms/master HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        )?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(&status == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
