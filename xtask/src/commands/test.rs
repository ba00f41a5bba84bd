//! `test`: runs every test, on services that it starts and stops itself.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use xtask::functions;
use xtask::host::{HostKind, HostProgram};
use xtask::machine::KeycloakSource;
use xtask::openid_provider;
use xtask::other_casbins;
use xtask::policy_test;
use xtask::progress::Steps;
use xtask::pyjwt;
use xtask::schemathesis;
use xtask::services::PoolMode;
use xtask::workspace;

use super::{build, disposable};

#[derive(Args)]
pub struct Test {
    /// Only tests whose names contain this; `keycloak`: the tests with a real Keycloak, which is started for them, from
    /// KEYCLOAK_HOME or fetched by Maven, and needs Java 21 or newer.
    filter: Option<String>,
    /// Of the tests with a Keycloak, only those whose names contain this.
    #[arg(hide = true)]
    within: Option<String>,
    /// The host of the components; on a Spin, only the end-to-end tests are run.
    #[arg(long, value_enum, default_value_t)]
    host: HostKind,
    /// Also send generated requests that openapi.yaml allows, and ones that it does not: with schemathesis, which is
    /// fetched from PyPI and needs python3.
    #[arg(long)]
    schemathesis: bool,
    /// Also evaluate exported policies with node-casbin and pycasbin, which are fetched from npm and PyPI and need
    /// Node.js and python3.
    #[arg(long)]
    other_casbins: bool,
    /// Also use tokens of a certified OpenID provider: oidc-provider, which is fetched from npm and needs Node.js.
    #[arg(long)]
    openid_provider: bool,
    /// Also use security events that PyJWT signed, which is fetched from PyPI and needs python3.
    #[arg(long)]
    pyjwt: bool,
    /// Put a PgBouncer between each test's Shell and PostgreSQL, the system's or the one in PATH, in session mode, or in
    /// transaction mode, which needs 1.21 or newer; only the end-to-end tests are run.
    #[arg(
        long,
        value_enum,
        value_name = "MODE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "session"
    )]
    pgbouncer: Option<PoolMode>,
}

/// Third-party programs that tests use if they are requested.
#[derive(Default)]
pub struct Fetched {
    /// Schemathesis, which sends requests generated from the contract.
    pub schemathesis: bool,
    /// Other implementations of Casbin.
    pub other_casbins: bool,
    /// A certified OpenID provider.
    pub openid_provider: bool,
    /// PyJWT, which signs security events.
    pub pyjwt: bool,
    /// A PgBouncer in this mode.
    pub pgbouncer: Option<PoolMode>,
    /// A real Keycloak.
    pub keycloak: Option<KeycloakSource>,
}

/// The name of the tests on a Keycloak, as a filter and as a test target in cargo.
const KEYCLOAK: &str = "keycloak";

/// Which tests to run.
pub enum Chosen<'a> {
    /// Every test.
    All,
    /// The tests whose names contain this.
    Named(&'a str),
    /// The tests on a Keycloak, or those of them whose names contain this.
    OnKeycloak(Option<&'a str>),
}

impl Test {
    pub fn run(self) -> Result<ExitCode> {
        let within = self.within.as_deref();
        let chosen = match self.filter.as_deref() {
            None => Chosen::All,
            Some(KEYCLOAK) => Chosen::OnKeycloak(within),
            Some(_) if within.is_some() => bail!("one filter is enough"),
            Some(filter) => Chosen::Named(filter),
        };
        let on_keycloak = matches!(chosen, Chosen::OnKeycloak(_));
        let fetched = Fetched {
            schemathesis: self.schemathesis,
            other_casbins: self.other_casbins,
            openid_provider: self.openid_provider,
            pyjwt: self.pyjwt,
            pgbouncer: self.pgbouncer,
            // If something is missing, it is reported before the build.
            keycloak: on_keycloak.then(KeycloakSource::find).transpose()?,
        };
        run(&Steps::default(), self.host, &chosen, &fetched)
    }
}

/// The steps of a test run; the tests' exit code is the result.
pub fn run(
    steps: &Steps,
    host: HostKind,
    chosen: &Chosen<'_>,
    fetched: &Fetched,
) -> Result<ExitCode> {
    let program = HostProgram::find(host)?;
    if let Some(mode) = fetched.pgbouncer {
        steps.quiet("looking for PgBouncer", || {
            let version = mode.program()?.version;
            Ok(format!("PgBouncer {version} in {} mode", mode.name()))
        })?;
    }
    build::steps(steps, &program, &functions::packages("tests")?)?;
    steps.loud("building policy-test", || {
        policy_test::build()?;
        Ok("policy-test built".to_owned())
    })?;
    let mut cargo = workspace::cargo();
    cargo.arg("test");
    match (chosen, host) {
        (Chosen::OnKeycloak(_), _) => cargo.args(["--package", "tests", "--test", KEYCLOAK]),
        // The host and the pooler make no difference to the other packages' tests.
        (_, HostKind::Embedded) if fetched.pgbouncer.is_none() => cargo.arg("--workspace"),
        _ => cargo.args(["--package", "tests"]),
    };
    if let Chosen::Named(filter) | Chosen::OnKeycloak(Some(filter)) = chosen {
        cargo.args(["--", filter]);
    }
    if fetched.keycloak.is_none() {
        eprintln!(
            "left out: the tests on a real Keycloak, which `cargo xtask test {KEYCLOAK}` runs"
        );
    }
    if fetched.schemathesis {
        steps.quiet("installing schemathesis", || {
            let (variable, program) = schemathesis::ensure()?;
            cargo.env(variable, program);
            Ok("schemathesis".to_owned())
        })?;
    }
    if fetched.other_casbins {
        steps.quiet("installing node-casbin and pycasbin", || {
            let (variable, folder) = other_casbins::ensure()?;
            cargo.env(variable, folder);
            Ok("node-casbin and pycasbin".to_owned())
        })?;
    }
    if fetched.openid_provider {
        steps.quiet("installing oidc-provider", || {
            let (variable, folder) = openid_provider::ensure()?;
            cargo.env(variable, folder);
            Ok("oidc-provider".to_owned())
        })?;
    }
    if fetched.pyjwt {
        steps.quiet("installing PyJWT", || {
            let (variable, folder) = pyjwt::ensure()?;
            cargo.env(variable, folder);
            Ok("PyJWT".to_owned())
        })?;
    }
    disposable::run(
        steps,
        "shell-test",
        program,
        fetched.keycloak.as_ref(),
        fetched.pgbouncer,
        "cargo test",
        &mut cargo,
    )
}
