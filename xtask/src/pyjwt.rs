//! PyJWT, which signs security event tokens as others do than the tests.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{python, workspace};

/// Tells the tests where it is; without it, what needs it is left out.
const VARIABLE: &str = "SHELL_TEST_PYJWT";

/// Its version and those of all that it needs, with hashes.
const REQUIREMENTS: &str = include_str!("../pyjwt/requirements.txt");

/// Signs with a key of its own.
const PROGRAM: &str = include_str!("../pyjwt/sign.py");

/// What it signed.
#[derive(Debug, Deserialize)]
pub struct Signed {
    /// The public half of the key.
    pub jwk: Value,
    /// The tokens, in the order in which they were asked for.
    pub tokens: Vec<String>,
}

/// Installs it where it is missing; returns the variable that tells tests of it.
pub fn ensure() -> Result<(&'static str, PathBuf)> {
    let folder = workspace::target().join("pyjwt");
    python::ensure(&folder, REQUIREMENTS, "PyJWT")?;
    Ok((VARIABLE, folder))
}

/// Signs tokens, each a header and claims, with a new key for an algorithm. None without `cargo xtask test --pyjwt` or
/// `cargo xtask ci`.
pub fn sign(algorithm: &str, tokens: &[(Value, Value)]) -> Result<Option<Signed>> {
    let Some(folder) = std::env::var_os(VARIABLE).map(PathBuf::from) else {
        return Ok(None);
    };
    let tokens = tokens
        .iter()
        .map(|(header, claims)| json!({"header": header, "claims": claims}));
    let asked = json!({"key": algorithm, "tokens": tokens.collect::<Vec<_>>()});
    let mut python = Command::new(folder.join("bin/python"))
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("PyJWT cannot be started")?;
    let mut input = python.stdin.take().context("its input cannot be opened")?;
    input.write_all(asked.to_string().as_bytes())?;
    drop(input);
    let output = python.wait_with_output()?;
    if !output.status.success() {
        bail!("PyJWT failed; its messages are above");
    }
    let signed = serde_json::from_slice(&output.stdout)
        .context("its answer is not a list of signed tokens")?;
    Ok(Some(signed))
}
