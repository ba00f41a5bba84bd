//! Running a program on private data services that are removed when it ends.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use xtask::host::HostProgram;
use xtask::instance::{self, Instance};
use xtask::issuer::Issuer;
use xtask::job::Job;
use xtask::machine::{KeycloakSource, Programs};
use xtask::progress::Steps;
use xtask::services::{self, PoolMode, Postgres};
use xtask::test_environment::TestEnvironment;
use xtask::{functions, machine, process, variables, workspace};

use super::pass_on;
use super::up::Provider;

const TEMPLATE: &str = "shell_template";

/// Starts the services, passes their addresses to the program, and returns its exit code.
///
/// `folder` names the instance: two programs with the same folder cannot run at once.
pub fn run(
    steps: &Steps,
    folder: &str,
    host: HostProgram,
    keycloak: Option<&KeycloakSource>,
    pgbouncer: Option<PoolMode>,
    name: &'static str,
    program: &mut Command,
) -> Result<ExitCode> {
    let home = machine::reachable(&workspace::target(), folder)?;
    let mut instance = Instance::open(&home, true)?;
    let result = with_services(
        steps,
        &mut instance,
        host,
        keycloak,
        pgbouncer,
        name,
        program,
    );
    // Whatever happened, the services have stopped by now.
    instance.close()?;
    result
}

fn with_services(
    steps: &Steps,
    instance: &mut Instance,
    host: HostProgram,
    keycloak: Option<&KeycloakSource>,
    pgbouncer: Option<PoolMode>,
    name: &'static str,
    program: &mut Command,
) -> Result<ExitCode> {
    // Keycloak is the slowest to start.
    let mut provider = keycloak
        .map(|source| Provider::start(steps, instance, source))
        .transpose()?;
    let mut started = None;
    steps.quiet("starting PostgreSQL and Redis", || {
        let programs = Programs::ensure(true, true, None)?;
        let postgres = programs.postgres.context("PostgreSQL is missing")?;
        let redis = programs.redis.context("Redis is missing")?;
        let said = format!("PostgreSQL {} and {}", postgres.version, redis.version);
        started = Some((
            instance.start_postgres(&postgres)?,
            instance.start_redis(&redis)?,
        ));
        Ok(said)
    })?;
    let (postgres, redis) = started.context("the services did not start")?;
    let owner = instance.owner(&postgres).with_database(TEMPLATE);
    let environment = TestEnvironment {
        superuser: postgres.superuser(),
        runtime: instance
            .runtime(&instance.owner(&postgres))
            .with_database(TEMPLATE),
        owner,
        redis: redis.url(),
        host,
        folder: instance::tests_folder(instance.store()),
        pgbouncer,
        keycloak: provider.as_ref().map(|provider| provider.access.clone()),
    };
    std::fs::create_dir(&environment.folder).context("cannot create the tests' folder")?;
    steps.quiet("preparing the template database", || {
        prepare_template(instance, &postgres, &environment)?;
        Ok(format!("template database {TEMPLATE}"))
    })?;
    if let Some(provider) = &mut provider {
        provider.make_realm(steps, instance, &environment.owner)?;
    }
    let status = process::run(name, program.envs(environment.variables()));
    // A program that was killed did not stop its hosts.
    instance::stop_leftovers_below(&environment.folder)?;
    Ok(pass_on(status?))
}

fn prepare_template(
    instance: &Instance,
    postgres: &Postgres,
    environment: &TestEnvironment,
) -> Result<()> {
    services::create_database(&postgres.superuser(), &environment.owner)?;
    let variables = variables::resolve(
        &environment.owner,
        &environment.runtime,
        &environment.redis,
        &Issuer::throwaway()?,
        [],
    )?;
    for name in ["migrate", "seed"] {
        let job = Job {
            manifest: functions::job_manifest(name),
            state: &instance.store().join(name),
            variables: &variables,
            arguments: Vec::new(),
        };
        job.run_quietly(&environment.host)?;
    }
    Ok(())
}
