//! `ci`: all checks that must pass before a change is merged.

use std::process::ExitCode;

use anyhow::{Result, bail};
use xtask::functions::{self, TARGET};
use xtask::host::HostKind;
use xtask::machine::KeycloakSource;
use xtask::progress::Steps;
use xtask::services::PoolMode;
use xtask::{machine, process, workspace};

use super::test::{self, Chosen, Fetched};
use super::{openapi, signatures};

pub fn run() -> Result<ExitCode> {
    let steps = Steps::default();
    steps.quiet("looking for rustfmt, clippy and the wasm target", || {
        machine::ensure_component("rustfmt", "rustfmt")?;
        machine::ensure_component("clippy", "clippy-driver")?;
        machine::ensure_target(TARGET)?;
        Ok("rustfmt, clippy and the wasm target".to_owned())
    })?;
    step(&steps, "formatting", &["fmt", "--all", "--check"])?;
    step(
        &steps,
        "lints",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    step(&steps, "lints of the components", &wasm_lints()?)?;
    steps.loud("openapi.yaml", || {
        openapi::check_current()?;
        Ok("openapi.yaml is current".to_owned())
    })?;
    signatures::check_current(&steps)?;
    let keycloak = KeycloakSource::find();
    if let Err(missing) = &keycloak {
        eprintln!("the tests on a real Keycloak are left out: {missing}");
    }
    let fetched = Fetched {
        schemathesis: true,
        other_casbins: true,
        openid_provider: true,
        pyjwt: true,
        pgbouncer: None,
        keycloak: keycloak.ok(),
    };
    let tested = test::run(&steps, HostKind::Embedded, &Chosen::All, &fetched)?;
    if tested != ExitCode::SUCCESS {
        return Ok(tested);
    }
    // All end-to-end tests through PgBouncer would take as long again: these stop, start and slow down PostgreSQL, which
    // is where a pooler behaves differently.
    let pooled = Fetched {
        pgbouncer: Some(PoolMode::Session),
        ..Fetched::default()
    };
    test::run(
        &steps,
        HostKind::Embedded,
        &Chosen::Named("stores"),
        &pooled,
    )
}

fn step(steps: &Steps, name: &'static str, arguments: &[impl AsRef<str>]) -> Result<()> {
    steps.loud(name, || {
        let mut cargo = workspace::cargo();
        cargo.args(arguments.iter().map(AsRef::as_ref));
        if !process::run(name, &mut cargo)?.success() {
            bail!("failed; cargo's messages are above");
        }
        Ok(name.to_owned())
    })
}

fn wasm_lints() -> Result<Vec<String>> {
    let mut arguments = vec![
        "clippy".to_owned(),
        "--target".to_owned(),
        TARGET.to_owned(),
    ];
    for folder in ["shared", "functions", "tests", "bench"] {
        for package in functions::packages(folder)? {
            arguments.extend(["--package".to_owned(), package]);
        }
    }
    arguments.extend(["--", "-D", "warnings"].map(str::to_owned));
    Ok(arguments)
}
