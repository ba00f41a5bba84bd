//! A private PostgreSQL cluster.

use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;

use super::{free_port, ready_deadline};
use crate::connection::StoreUrl;
use crate::machine::{PostgresPrograms, User};
use crate::process::{self, Process};
use crate::{interrupt, log, secret};

const SUPERUSER: &str = "shell_admin";

/// A cluster that exists or is to be created.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its folder, which holds nothing else.
    pub folder: PathBuf,
    /// Whether it was created and used before; if not, the folder's content is useless.
    pub made: bool,
    /// Where the server's output goes.
    pub log: PathBuf,
    /// The superuser's password.
    pub password: String,
    /// The port to use if it is free.
    pub preferred_port: Option<u16>,
    /// Whether it exists only for a test run, and so need not survive a crash of the machine.
    pub disposable: bool,
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Postgres {
    programs: PostgresPrograms,
    cluster: Cluster,
    port: u16,
    process: Process,
}

/// The major version that wrote a cluster.
#[must_use]
pub fn cluster_version(folder: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(folder.join("PG_VERSION")).ok()?;
    text.trim().parse().ok()
}

impl Postgres {
    /// Starts the cluster's server; creates the cluster first if it does not exist.
    pub fn start(programs: &PostgresPrograms, cluster: Cluster) -> Result<Self> {
        let user = User::instead_of_root()?;
        if !cluster.made {
            create(programs, &cluster, user)?;
        }
        let port = free_port(cluster.preferred_port)?;
        let process = launch(programs, &cluster, port)?;
        Ok(Self {
            programs: programs.clone(),
            cluster,
            port,
            process,
        })
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The superuser's URL of its maintenance database.
    #[must_use]
    pub fn superuser(&self) -> StoreUrl {
        superuser(&self.cluster, self.port)
    }

    /// Its log file.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.cluster.log
    }

    /// The exit status, or `None` while it runs.
    pub fn exit_status(&mut self) -> Result<Option<ExitStatus>> {
        self.process.exit_status()
    }

    /// Ends all sessions and stops it gracefully.
    pub fn stop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait until clients have disconnected.
        self.process.stop(Signal::INT, Duration::from_secs(20));
    }

    /// Kills it at once, as a crash would.
    pub fn kill_hard(&mut self) {
        self.process.kill();
    }

    /// Starts it again on the same port.
    pub fn restart(&mut self) -> Result<()> {
        self.stop();
        self.process = launch(&self.programs, &self.cluster, self.port)?;
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

fn superuser(cluster: &Cluster, port: u16) -> StoreUrl {
    StoreUrl {
        scheme: "postgres",
        user: SUPERUSER.to_owned(),
        password: cluster.password.clone(),
        host: format!("127.0.0.1:{port}"),
        database: "postgres".to_owned(),
    }
}

fn create(programs: &PostgresPrograms, cluster: &Cluster, user: Option<User>) -> Result<()> {
    let folder = &cluster.folder;
    prepare_folder(folder, user)?;
    let password_file = folder.with_added_extension("password");
    secret::write_private(&password_file, cluster.password.as_bytes())?;
    let mut command = Command::new(&programs.initdb);
    command
        .args(["--username", SUPERUSER, "--auth", "scram-sha-256"])
        .args(["--encoding", "UTF8", "--locale", "C"])
        .arg("--pwfile")
        .arg(&password_file)
        .arg("--pgdata")
        .arg(folder)
        .current_dir(folder);
    if cluster.disposable {
        command.arg("--no-sync");
    }
    if let Some(user) = user {
        user.give(&password_file)?;
        user.run(&mut command);
    }
    let result = process::run_quietly("initdb", &mut command);
    std::fs::remove_file(&password_file).context("cannot remove the password file")?;
    result.map(drop)
}

/// Creates an empty folder that only the server's user can read.
fn prepare_folder(folder: &Path, user: Option<User>) -> Result<()> {
    if let Ok(found) = folder.symlink_metadata() {
        // The parent may be writable for everybody, and an existing folder could be another user's trap.
        let own = found.uid() == rustix::process::geteuid().as_raw();
        if !found.is_dir() || !(own || user.is_some_and(|user| user.owns(&found))) {
            bail!("{} belongs to another user: remove it", folder.display());
        }
        // Either the cluster was never completed, or its passwords were deleted with the data directory.
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    DirBuilder::new()
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    user.map_or(Ok(()), |user| user.give(folder))
}

fn launch(programs: &PostgresPrograms, cluster: &Cluster, port: u16) -> Result<Process> {
    let deadline = ready_deadline();
    let address = superuser(cluster, port);
    loop {
        let mut process = spawn(programs, cluster, port)?;
        let status = loop {
            interrupt::check()?;
            if let Some(status) = process.exit_status()? {
                break status;
            }
            if address.connect().is_ok() {
                return Ok(process);
            }
            if Instant::now() > deadline {
                bail!(
                    "PostgreSQL does not respond:\n{}",
                    log::tail(&cluster.log, 15)
                );
            }
            thread::sleep(Duration::from_millis(50));
        };
        let tail = log::tail(&cluster.log, 15);
        // After a crash, the old server's children take a moment to notice it.
        if !tail.contains("shared memory block") || Instant::now() > deadline {
            bail!("PostgreSQL did not start ({status}):\n{tail}");
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn spawn(programs: &PostgresPrograms, cluster: &Cluster, port: u16) -> Result<Process> {
    let log = log::create(&cluster.log)?;
    let mut command = Command::new(&programs.server);
    command
        .arg("-D")
        .arg(&cluster.folder)
        .current_dir(&cluster.folder)
        .stdout(log.try_clone().context("cannot use the log")?)
        .stderr(log);
    for setting in [
        &format!("port={port}"),
        "listen_addresses=127.0.0.1",
        // The path of a socket is limited to about a hundred characters; that of a data directory is not.
        "unix_socket_directories=",
        // A host pools up to 64 connections for each component.
        "max_connections=300",
        "shared_buffers=64MB",
    ] {
        command.arg("-c").arg(setting);
    }
    if cluster.disposable {
        command.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
    }
    if let Some(user) = User::instead_of_root()? {
        user.run(&mut command);
    }
    Process::spawn("PostgreSQL", &mut command)
}
