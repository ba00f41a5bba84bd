//! PyJWT, a second implementation that signs security event tokens for the tests.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{python, workspace};

/// The variable that tells the tests where it is; without it, the tests that need it do nothing.
const VARIABLE: &str = "SHELL_TEST_PYJWT";

/// Its version and those of all its dependencies, with hashes.
const REQUIREMENTS: &str = include_str!("../pyjwt/requirements.txt");

/// A program that signs with a key that it generates.
const PROGRAM: &str = include_str!("../pyjwt/sign.py");

/// The output of the program.
#[derive(Debug, Deserialize)]
pub struct Signed {
    /// The public half of the key.
    pub jwk: Value,
    /// The tokens, in the order of the request.
    pub tokens: Vec<String>,
}

/// Installs it if it is missing; returns the variable for the tests.
pub fn ensure() -> Result<(&'static str, PathBuf)> {
    let folder = workspace::target().join("pyjwt");
    python::ensure(&folder, REQUIREMENTS, "PyJWT")?;
    Ok((VARIABLE, folder))
}

/// Signs tokens, each with its header and claims, with a new key for an algorithm. `None` without
/// `cargo xtask test --pyjwt` or `cargo xtask ci`.
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
