//! Installing missing packages if that needs no confirmation; otherwise saying how to install them.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::in_path;
use crate::process;

/// What can be missing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Package {
    /// PostgreSQL; with a number, that major version.
    Postgres(Option<u32>),
    Redis,
    PgBouncer,
}

impl Package {
    fn name(self) -> String {
        match self {
            Self::Postgres(None) => "PostgreSQL 15 or newer".to_owned(),
            Self::Postgres(Some(major)) => {
                format!("PostgreSQL {major} (which wrote the data directory)")
            }
            Self::Redis => "Redis 7 or newer, or Valkey".to_owned(),
            Self::PgBouncer => "PgBouncer".to_owned(),
        }
    }

    fn package(self, manager: &Manager) -> String {
        match self {
            Self::Postgres(None) => manager.postgres.to_owned(),
            Self::Postgres(Some(major)) => format!("{}{major}", manager.versioned_postgres),
            Self::Redis => manager.redis.to_owned(),
            // The package has this name everywhere.
            Self::PgBouncer => "pgbouncer".to_owned(),
        }
    }
}

/// How a package manager is called, and its names of the packages.
struct Manager {
    program: &'static str,
    command: &'static str,
    postgres: &'static str,
    versioned_postgres: &'static str,
    redis: &'static str,
}

const MANAGERS: [Manager; 3] = [
    Manager {
        program: "apt-get",
        command: "sudo apt-get update && sudo apt-get install --no-install-recommends",
        postgres: "postgresql",
        versioned_postgres: "postgresql-",
        redis: "redis-server",
    },
    Manager {
        program: "dnf",
        command: "sudo dnf install",
        postgres: "postgresql-server",
        versioned_postgres: "postgresql-server-",
        redis: "valkey",
    },
    Manager {
        program: "brew",
        command: "brew install",
        postgres: "postgresql@17",
        versioned_postgres: "postgresql@",
        redis: "redis",
    },
];

/// The packages' names as a phrase.
pub(super) fn names(packages: &[Package]) -> String {
    packages
        .iter()
        .map(|package| package.name())
        .collect::<Vec<_>>()
        .join(" and ")
}

/// Installs the packages if we are root on Debian or its derivatives; otherwise the error says which command to run.
pub(super) fn install(packages: &[Package]) -> Result<()> {
    let manager = MANAGERS
        .iter()
        .find(|manager| in_path(manager.program).is_some());
    let Some(manager) = manager else {
        bail!(
            "{} must be installed and in PATH; or give addresses with --database-url and --redis-url",
            names(packages)
        );
    };
    let wanted = packages
        .iter()
        .map(|package| package.package(manager))
        .collect::<Vec<_>>();
    let debian = Path::new("/etc/debian_version").exists() && manager.program == "apt-get";
    if !debian || !rustix::process::geteuid().is_root() {
        bail!(
            "{} must be installed; run `{} {}` and try again",
            names(packages),
            manager.command,
            wanted.join(" ")
        );
    }
    process::run_quietly("apt-get update", apt().args(["update", "--quiet"]))?;
    process::run_quietly(
        "apt-get install",
        apt()
            .args(["install", "--quiet", "--yes", "--no-install-recommends"])
            .args(wanted),
    )?;
    Ok(())
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        // Otherwise the packages would start their services on the usual ports; with this, systemctl starts nothing.
        .env("SYSTEMD_OFFLINE", "1");
    command
}
