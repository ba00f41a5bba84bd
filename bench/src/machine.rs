//! The machine that the figures are measured on.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result};
use xtask::host::{HostKind, HostProgram};
use xtask::test_environment::TestEnvironment;

/// Names and versions, for readers elsewhere.
pub fn describe(environment: &TestEnvironment) -> Result<BTreeMap<String, String>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = line_after("/proc/cpuinfo", "model name").unwrap_or_default();
    let system = line_after("/etc/os-release", "PRETTY_NAME");
    let mut postgres = environment.superuser.connect()?;
    let postgres: String = postgres.query_one("SHOW server_version", &[])?.try_get(0)?;
    let facts = [
        ("host", host(&environment.host)?),
        ("processor", format!("{cores} cores, {processor}")),
        (
            "system",
            system.unwrap_or_else(|| std::env::consts::OS.to_owned()),
        ),
        ("PostgreSQL", postgres),
        ("Redis", redis(environment)?),
    ];
    Ok(facts.map(|(name, value)| (name.to_owned(), value)).into())
}

fn host(host: &HostProgram) -> Result<String> {
    match host.kind() {
        HostKind::Embedded => Ok("the embedded one".to_owned()),
        HostKind::Spin => {
            let output = Command::new(host.program()).arg("--version").output();
            let output = output.context("cannot ask Spin for its version")?.stdout;
            Ok(String::from_utf8_lossy(&output).trim().to_owned())
        }
    }
}

fn redis(environment: &TestEnvironment) -> Result<String> {
    let mut redis = redis::Client::open(environment.redis.to_string())?
        .get_connection()
        .context("cannot connect to Redis")?;
    let said: String = redis::cmd("INFO").arg("server").query(&mut redis)?;
    let value = |name: &str| said.lines().find_map(|line| line.strip_prefix(name));
    let version = match value("valkey_version:") {
        Some(version) => format!("Valkey {version}"),
        None => value("redis_version:").unwrap_or_default().to_owned(),
    };
    Ok(version)
}

/// The value of the first line with a name in a file of `name: value` or `name=value` lines.
fn line_after(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let value = line.trim_start_matches([' ', '\t', ':', '=']);
    Some(value.trim_matches('"').to_owned())
}
