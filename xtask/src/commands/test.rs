//! `test`: every test, on services that it starts and stops itself.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use xtask::functions;
use xtask::host::{HostKind, HostProgram};
use xtask::openid_provider;
use xtask::other_casbins;
use xtask::policy_test;
use xtask::progress::Steps;
use xtask::schemathesis;
use xtask::workspace;

use super::{build, disposable};

#[derive(Args)]
pub struct Test {
    /// Only tests whose names contain this.
    filter: Option<String>,
    /// What runs the components; on a Spin, only the end-to-end tests are run.
    #[arg(long, value_enum, default_value_t)]
    host: HostKind,
    /// Also ask whatever openapi.yaml allows, and what it does not: by schemathesis, which is fetched from
    /// PyPI and needs python3.
    #[arg(long)]
    schemathesis: bool,
    /// Also have exported policies decided by node-casbin and pycasbin, which are fetched from npm and PyPI and
    /// need Node.js and python3.
    #[arg(long)]
    other_casbins: bool,
    /// Also have a certified OpenID provider issue tokens: by oidc-provider, which is fetched from npm and needs
    /// Node.js.
    #[arg(long)]
    openid_provider: bool,
}

/// Programs of others that tests use where they are fetched.
pub struct Fetched {
    schemathesis: bool,
    other_casbins: bool,
    openid_provider: bool,
}

impl Fetched {
    /// Every one.
    pub const ALL: Self = Self {
        schemathesis: true,
        other_casbins: true,
        openid_provider: true,
    };
}

impl Test {
    pub fn run(self) -> Result<ExitCode> {
        let filter = self.filter.as_deref();
        let fetched = Fetched {
            schemathesis: self.schemathesis,
            other_casbins: self.other_casbins,
            openid_provider: self.openid_provider,
        };
        run(&Steps::default(), self.host, filter, &fetched)
    }
}

/// The steps of a test run; the tests' exit code is the result.
pub fn run(
    steps: &Steps,
    host: HostKind,
    filter: Option<&str>,
    fetched: &Fetched,
) -> Result<ExitCode> {
    let program = HostProgram::find(host)?;
    let mut components = functions::packages("functions")?;
    components.extend(functions::packages("tests")?);
    build::steps(steps, &program, &components)?;
    steps.loud("building policy-test", || {
        policy_test::build()?;
        Ok("policy-test built".to_owned())
    })?;
    let mut cargo = workspace::cargo();
    cargo.arg("test");
    match host {
        HostKind::Embedded => cargo.arg("--workspace"),
        HostKind::Spin => cargo.args(["--package", "tests"]),
    };
    if let Some(filter) = filter {
        cargo.args(["--", filter]);
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
    disposable::run(steps, "shell-test", program, "cargo test", &mut cargo)
}
