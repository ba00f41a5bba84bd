//! The stores that `up` uses: private ones, unless addresses were given.

use anyhow::{Context as _, Result, bail};
use xtask::connection::StoreUrl;
use xtask::instance::Instance;
use xtask::log;
use xtask::machine::Programs;
use xtask::progress::Steps;
use xtask::refused;
use xtask::services::{Postgres, Redis};
use xtask::variables::{self, Variables};

/// The addresses of PostgreSQL and Redis that were given.
pub type Given = (Option<StoreUrl>, Option<StoreUrl>);

/// Running services; dropping them stops Redis, then PostgreSQL.
pub struct Stores {
    redis: Option<Redis>,
    postgres: Option<Postgres>,
    /// The owner's address of the database.
    pub owner: StoreUrl,
    /// The address of Redis.
    pub redis_url: StoreUrl,
}

impl Stores {
    /// Finds or installs the programs, and starts each store for which no address was given.
    pub fn start(
        steps: &Steps,
        instance: &mut Instance,
        (database_url, redis_url): Given,
    ) -> Result<Self> {
        let mut programs = Programs::default();
        if database_url.is_none() || redis_url.is_none() {
            steps.quiet(
                "looking for PostgreSQL and Redis, installing what is missing",
                || {
                    let version = instance.cluster_version();
                    programs =
                        Programs::ensure(database_url.is_none(), redis_url.is_none(), version)?;
                    Ok(format!("found {programs}"))
                },
            )?;
        }
        let mut postgres = None;
        if let Some(programs) = &programs.postgres {
            steps.quiet("starting PostgreSQL", || {
                let server = instance.start_postgres(programs)?;
                let port = server.port();
                postgres = Some(server);
                Ok(format!(
                    "PostgreSQL {} on 127.0.0.1:{port}",
                    programs.version
                ))
            })?;
        }
        let mut redis = None;
        if let Some(program) = &programs.redis {
            steps.quiet("starting Redis", || {
                let server = instance.start_redis(program)?;
                let port = server.port();
                redis = Some(server);
                Ok(format!("{} on 127.0.0.1:{port}", program.version))
            })?;
        }
        let owner = database_url.or_else(|| postgres.as_ref().map(|server| instance.owner(server)));
        let redis_url = redis_url.or_else(|| redis.as_ref().map(Redis::url));
        let owner = owner.context("PostgreSQL is missing")?;
        let redis_url = redis_url.context("Redis is missing")?;
        // A wrong address is better found now than after the build.
        owner.connect().context("--database-url does not work")?;
        refused::redis(&redis_url).context("--redis-url does not work")?;
        Ok(Self {
            redis,
            postgres,
            owner,
            redis_url,
        })
    }

    /// Fails if the environment names other stores or passwords that do not work: otherwise the wait for readiness
    /// would be long and in vain.
    pub fn check_set(&self, variables: &Variables) -> Result<()> {
        let set = |name: &str| variables.get(name).cloned().unwrap_or_default();
        let context = |names: [&str; 2]| {
            let names = names.map(variables::environment_name).join(" or ");
            format!("{names}, which the environment sets, does not work")
        };
        let owner = StoreUrl {
            user: set("migration_database_user"),
            password: set("migration_database_password"),
            host: set("database_host"),
            database: set("database_name"),
            ..self.owner
        };
        if owner != self.owner {
            let names = ["database_*", "migration_database_*"];
            owner.connect().with_context(|| context(names))?;
        }
        let redis = StoreUrl {
            password: set("redis_password"),
            host: set("redis_host"),
            ..self.redis_url.clone()
        };
        if redis != self.redis_url {
            let names = ["redis_host", "redis_password"];
            refused::redis(&redis).with_context(|| context(names))?;
        }
        Ok(())
    }

    /// Fails if one of our services has ended.
    pub fn check(&mut self) -> Result<()> {
        if let Some(redis) = &mut self.redis
            && let Some(status) = redis.exit_status()?
        {
            bail!(
                "Redis ended by itself ({status}):\n{}",
                log::tail(&redis.log(), 15)
            );
        }
        if let Some(postgres) = &mut self.postgres
            && let Some(status) = postgres.exit_status()?
        {
            bail!(
                "PostgreSQL ended by itself ({status}):\n{}",
                log::tail(postgres.log(), 15)
            );
        }
        Ok(())
    }
}
