//! `test`: every test, on services that it starts and stops itself.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use xtask::host::{HostKind, HostProgram};
use xtask::instance::{self, Instance};
use xtask::issuer::Issuer;
use xtask::job::Job;
use xtask::machine::Programs;
use xtask::progress::Steps;
use xtask::services::{self, Postgres};
use xtask::test_environment::TestEnvironment;
use xtask::{functions, machine, process, variables, workspace};

use super::{build, pass_on};

const TEMPLATE: &str = "shell_template";

#[derive(Args)]
pub struct Test {
    /// Only tests whose names contain this.
    filter: Option<String>,
    /// What runs the components; on a Spin, only the end-to-end tests are run.
    #[arg(long, value_enum, default_value_t)]
    host: HostKind,
}

impl Test {
    pub fn run(self) -> Result<ExitCode> {
        run(&Steps::default(), self.host, self.filter.as_deref())
    }
}

/// The steps of a test run; the tests' exit code is the result.
pub fn run(steps: &Steps, host: HostKind, filter: Option<&str>) -> Result<ExitCode> {
    let host = HostProgram::find(host)?;
    let mut components = functions::packages("functions")?;
    components.extend(functions::packages("tests")?);
    build::steps(steps, &host, &components)?;
    let home = machine::reachable(&workspace::target(), "shell-test")?;
    let mut instance = Instance::open(&home, true)?;
    let result = with_services(steps, &mut instance, host, filter);
    // Whatever happened: the services have stopped here.
    instance.close()?;
    result
}

fn with_services(
    steps: &Steps,
    instance: &mut Instance,
    host: HostProgram,
    filter: Option<&str>,
) -> Result<ExitCode> {
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
    };
    std::fs::create_dir(&environment.folder).context("cannot create the tests' folder")?;
    steps.quiet("preparing the template database", || {
        prepare_template(instance, &postgres, &environment)?;
        Ok(format!("template database {TEMPLATE}"))
    })?;
    let mut cargo = workspace::cargo();
    cargo.arg("test").envs(environment.variables());
    match environment.host.kind() {
        HostKind::Embedded => cargo.arg("--workspace"),
        HostKind::Spin => cargo.args(["--package", "tests"]),
    };
    if let Some(filter) = filter {
        cargo.args(["--", filter]);
    }
    let status = process::run("cargo test", &mut cargo);
    // A test that was killed did not stop its hosts.
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
