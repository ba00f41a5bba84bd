//! A private PgBouncer between the Shell and its PostgreSQL.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use rustix::process::Signal;

use super::{free_port, ready_deadline};
use crate::connection::StoreUrl;
use crate::machine::{PgBouncerProgram, User};
use crate::process::Process;
use crate::{interrupt, log, secret};

/// How long a client keeps its connection to PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PoolMode {
    /// For as long as the client is connected to PgBouncer.
    Session,
    /// For one transaction; needs PgBouncer 1.21 or newer.
    Transaction,
}

impl PoolMode {
    /// Its name on the command line and in `pgbouncer.ini`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Transaction => "transaction",
        }
    }

    /// The number of connections to PostgreSQL for each database and user.
    fn pool_size(self) -> u16 {
        match self {
            // The pools of a host hold their connections: up to 64 for each component.
            Self::Session => 250,
            // Fewer than the connections that many tests open, so that they must share them.
            Self::Transaction => 20,
        }
    }

    /// Finds a PgBouncer that supports this mode; if none is installed, installs the system's package.
    pub fn program(self) -> Result<PgBouncerProgram> {
        let program = PgBouncerProgram::ensure()?;
        if self == Self::Transaction && !program.prepares_in_transactions() {
            bail!(
                "PgBouncer {} does not support prepared statements in transaction mode, which the functions need: put 1.21 or newer first in PATH, or use --pgbouncer=session",
                program.version
            );
        }
        Ok(program)
    }
}

/// A running PgBouncer; dropping it stops it.
#[derive(Debug)]
pub struct PgBouncer {
    port: u16,
    process: Process,
}

impl PgBouncer {
    /// Starts one in front of the owner's database, with its files in `folder`. Every role of the server may log in.
    /// The owner, as whom the jobs connect, always has session mode.
    pub fn start(
        program: &PgBouncerProgram,
        folder: &Path,
        mode: PoolMode,
        superuser: &StoreUrl,
        owner: &StoreUrl,
    ) -> Result<Self> {
        let port = free_port(None)?;
        let file = configure(folder, port, mode, superuser, owner)?;
        let log_file = folder.join("pgbouncer.log");
        let log = log::create(&log_file)?;
        let mut command = Command::new(&program.program);
        command
            .arg(&file)
            .stdout(log.try_clone().context("cannot use the log")?)
            .stderr(log);
        if let Some(user) = User::instead_of_root()? {
            user.run(&mut command);
        }
        let process = Process::spawn("PgBouncer", &mut command)?;
        let id = process.id().to_string();
        std::fs::write(pid_file(folder), id).context("cannot write pgbouncer.pid")?;
        let mut started = Self { port, process };
        started.wait_until_ready(superuser, &log_file)?;
        Ok(started)
    }

    /// The address that it listens on, `127.0.0.1:port`.
    #[must_use]
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn wait_until_ready(&mut self, superuser: &StoreUrl, log_file: &Path) -> Result<()> {
        // PgBouncer's console database works without the server.
        let console = StoreUrl {
            host: self.host(),
            ..superuser.with_database("pgbouncer")
        };
        let deadline = ready_deadline();
        while console.connect().is_err() {
            interrupt::check()?;
            if let Some(status) = self.process.exit_status()? {
                bail!(
                    "PgBouncer did not start ({status}):\n{}",
                    log::tail(log_file, 10)
                );
            }
            if Instant::now() > deadline {
                bail!("PgBouncer does not respond:\n{}", log::tail(log_file, 10));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // SIGTERM ends it at once; SIGINT would wait until clients have disconnected.
        self.process.stop(Signal::TERM, Duration::from_secs(5));
    }
}

/// The file with a running PgBouncer's process id.
pub(crate) fn pid_file(folder: &Path) -> PathBuf {
    folder.join("pgbouncer.pid")
}

fn configure(
    folder: &Path,
    port: u16,
    mode: PoolMode,
    superuser: &StoreUrl,
    owner: &StoreUrl,
) -> Result<PathBuf> {
    let server = superuser.host.rsplit_once(':');
    let (address, server_port) = server.context("the server has no port")?;
    let users = folder.join("pgbouncer.users");
    // The passwords of users with a setting under [users] are looked up only here, all others in the database.
    let known =
        [superuser, owner].map(|known| format!("\"{}\" \"{}\"\n", known.user, known.password));
    write(&users, &known.concat())?;
    let file = folder.join("pgbouncer.ini");
    let text = format!(
        "[databases]
{database} = host={address} port={server_port} auth_user={user}

[users]
{jobs} = pool_mode=session

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
admin_users = {user}
auth_type = scram-sha-256
auth_file = {users}
auth_query = SELECT usename, passwd FROM pg_catalog.pg_shadow WHERE usename = $1
pool_mode = {mode}
max_client_conn = 1000
default_pool_size = {size}
server_login_retry = 0.1
{prepared}log_connections = 0
log_disconnections = 0
",
        user = superuser.user,
        database = owner.database,
        jobs = owner.user,
        users = users.display(),
        mode = mode.name(),
        size = mode.pool_size(),
        prepared = match mode {
            // Older versions do not know this setting.
            PoolMode::Session => "",
            PoolMode::Transaction => "max_prepared_statements = 200\n",
        },
    );
    write(&file, &text)?;
    Ok(file)
}

/// Writes a file that only PgBouncer's user can read.
fn write(path: &Path, text: &str) -> Result<()> {
    secret::write_private(path, text.as_bytes())?;
    User::instead_of_root()?.map_or(Ok(()), |user| user.give(path))
}
