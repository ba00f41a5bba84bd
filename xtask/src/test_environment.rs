//! What `cargo xtask test` and `bench` tell their programs about the services that they started.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::connection::StoreUrl;
use crate::host::{HostKind, HostProgram};
use crate::keycloak::Access;
use crate::services::PoolMode;

/// The superuser's URL of the test server's maintenance database.
const POSTGRES: &str = "SHELL_TEST_POSTGRES";
/// The owner's URL of the template database.
const OWNER: &str = "SHELL_TEST_OWNER";
/// The runtime role's URL of the template database.
const RUNTIME: &str = "SHELL_TEST_RUNTIME";
/// The name of the migrated and seeded template database.
const TEMPLATE: &str = "SHELL_TEST_TEMPLATE";
/// A folder for what the tests start; whatever still runs there is stopped after the run.
const FOLDER: &str = "SHELL_TEST_FOLDER";
const REDIS: &str = "SHELL_TEST_REDIS";
/// The mode of each test's PgBouncer; without it, there is none.
const PGBOUNCER: &str = "SHELL_TEST_PGBOUNCER";
const HOST: &str = "SHELL_TEST_HOST";
const HOST_PROGRAM: &str = "SHELL_TEST_HOST_PROGRAM";

/// The name of a Keycloak's variable in tests. A variable without this prefix is about another Keycloak.
fn keycloak_name(name: &str) -> String {
    format!("SHELL_TEST_{name}")
}

/// The services of a test run. Each test creates its own database from the template.
#[derive(Clone, Debug)]
pub struct TestEnvironment {
    /// May do everything, and create databases; row-level security does not apply to it.
    pub superuser: StoreUrl,
    /// Owns the template and its tables; the URL names the template's database.
    pub owner: StoreUrl,
    /// The role that the application connects as.
    pub runtime: StoreUrl,
    /// The Redis that all tests share.
    pub redis: StoreUrl,
    /// The host under test.
    pub host: HostProgram,
    /// The folder below which each test may create one for the hosts and services that it starts itself.
    pub folder: PathBuf,
    /// How connections to PostgreSQL are pooled, if they are: each test then has its own PgBouncer.
    pub pgbouncer: Option<PoolMode>,
    /// The Keycloak of the run, if there is one; its realm has the people of the template.
    pub keycloak: Option<Access>,
}

impl TestEnvironment {
    /// The environment's variables for the tests.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        let variables = [
            (POSTGRES, self.superuser.with_database("").to_string()),
            (OWNER, self.owner.to_string()),
            (RUNTIME, self.runtime.to_string()),
            (TEMPLATE, self.owner.database.clone()),
            (REDIS, self.redis.to_string()),
            (HOST, self.host.kind().name().to_owned()),
            (FOLDER, self.folder.display().to_string()),
            (HOST_PROGRAM, self.host.program().display().to_string()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        let keycloak = self.keycloak.iter().flat_map(Access::values);
        let keycloak = keycloak.map(|(name, value)| (keycloak_name(name), value));
        let pgbouncer = self.pgbouncer.iter();
        let pgbouncer = pgbouncer.map(|mode| (PGBOUNCER.to_owned(), mode.name().to_owned()));
        variables
            .into_iter()
            .chain(pgbouncer)
            .chain(keycloak)
            .collect()
    }

    /// Reads what [`Self::variables`] wrote.
    pub fn from_env() -> Result<Self> {
        let read = |name: &str| {
            std::env::var(name).with_context(|| {
                format!(
                    "{name} is not set: start this by `cargo xtask test` or `cargo xtask bench`"
                )
            })
        };
        let kind = match read(HOST)?.as_str() {
            "spin" => HostKind::Spin,
            _ => HostKind::Embedded,
        };
        Ok(Self {
            superuser: StoreUrl::postgres(&format!("{}/postgres", read(POSTGRES)?))?,
            owner: StoreUrl::postgres(&read(OWNER)?)?,
            runtime: StoreUrl::postgres(&read(RUNTIME)?)?,
            redis: StoreUrl::redis(&read(REDIS)?)?,
            host: HostProgram::new(kind, read(HOST_PROGRAM)?.into()),
            folder: read(FOLDER)?.into(),
            pgbouncer: match std::env::var(PGBOUNCER) {
                Ok(mode) if mode == PoolMode::Transaction.name() => Some(PoolMode::Transaction),
                Ok(_) => Some(PoolMode::Session),
                Err(_) => None,
            },
            keycloak: Access::from_values(|name| std::env::var(keycloak_name(name)).ok())?,
        })
    }
}
