//! What the machine must have: the wasm target, PostgreSQL and Redis; Java and Maven for a Keycloak; PgBouncer.

mod install;
mod java;
mod keycloak;
mod pgbouncer;
mod postgres;
mod redis;
mod toolchain;
mod user;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

pub use java::Java;
pub(crate) use keycloak::BUILD_OPTIONS;
pub use keycloak::{KeycloakProgram, KeycloakSource};
pub use pgbouncer::PgBouncerProgram;
pub use postgres::PostgresPrograms;
pub use redis::RedisProgram;
pub use toolchain::{ensure_component, ensure_target};
pub use user::{User, reachable};

/// The data services' programs that an instance needs.
#[derive(Debug, Default)]
pub struct Programs {
    /// PostgreSQL, if it was requested.
    pub postgres: Option<PostgresPrograms>,
    /// Redis or Valkey, if it was requested.
    pub redis: Option<RedisProgram>,
}

impl Programs {
    /// Finds the requested programs and installs those that are missing, if that needs no confirmation.
    ///
    /// Only the major version of PostgreSQL that created a cluster can open it.
    pub fn ensure(postgres: bool, redis: bool, cluster_version: Option<u32>) -> Result<Self> {
        let look = || Self {
            postgres: postgres
                .then(|| PostgresPrograms::find(cluster_version))
                .flatten(),
            redis: redis.then(RedisProgram::find).flatten(),
        };
        let missing = |found: &Self| {
            let mut missing = Vec::new();
            if postgres && found.postgres.is_none() {
                missing.push(install::Package::Postgres(cluster_version));
            }
            if redis && found.redis.is_none() {
                missing.push(install::Package::Redis);
            }
            missing
        };
        let found = look();
        let to_install = missing(&found);
        if to_install.is_empty() {
            return Ok(found);
        }
        install::install(&to_install)?;
        let found = look();
        let still_missing = missing(&found);
        if !still_missing.is_empty() {
            bail!(
                "the packages were installed, but {} cannot be found: the system's version may be too old",
                install::names(&still_missing)
            );
        }
        Ok(found)
    }
}

impl fmt::Display for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let postgres = self
            .postgres
            .as_ref()
            .map(|found| format!("PostgreSQL {}", found.version));
        let redis = self.redis.as_ref().map(|found| found.version.clone());
        let found = postgres.into_iter().chain(redis).collect::<Vec<_>>();
        f.write_str(&found.join(" and "))
    }
}

/// Finds a program in the folders of `PATH`.
#[must_use]
pub fn in_path(program: &str) -> Option<PathBuf> {
    path_folders()
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

fn path_folders() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

/// The first line that `program --version` prints.
pub(crate) fn version_line(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output
        .status
        .success()
        .then(|| text.lines().next().unwrap_or_default().to_owned())
}
