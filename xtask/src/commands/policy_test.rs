//! `policy-test`: compares decisions of the running Shell with those that files expect.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use clap::Args;
use xtask::{instance, policy_test, process};

use super::{DataDir, pass_on, token};

#[derive(Args)]
pub struct PolicyTest {
    /// YAML files with cases; `policy-test/examples` has one.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The organization to ask about; by default the caller's own.
    #[arg(long, value_name = "SLUG")]
    organization: Option<String>,
    /// The caller's `external_id`.
    #[arg(long, value_name = "ORGANIZATION/SUBJECT", default_value = "platform/admin", value_parser = caller)]
    by: (String, String),
    /// Also write a report in JUnit's XML format to this file.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    data_dir: DataDir,
}

impl PolicyTest {
    pub fn run(self) -> Result<ExitCode> {
        let home = self.data_dir.path();
        let environment = instance::running(&home)?;
        let url = environment.get("SHELL_URL");
        let url = url.context("the env file has no SHELL_URL")?;
        let (organization, subject) = &self.by;
        let token = token::for_caller(&home, &environment, organization, subject)?;
        policy_test::build()?;
        let mut program = Command::new(policy_test::program());
        // In the environment, other users of the machine cannot see the token.
        program.env("SHELL_URL", url).env("SHELL_TOKEN", token);
        if let Some(organization) = &self.organization {
            program.arg("--organization").arg(organization);
        }
        if let Some(junit) = &self.junit {
            program.arg("--junit").arg(junit);
        }
        program.arg("--").args(&self.files);
        Ok(pass_on(process::run("policy-test", &mut program)?))
    }
}

fn caller(text: &str) -> Result<(String, String), String> {
    let (organization, subject) = text
        .split_once('/')
        .ok_or("expected an organization and a subject, as platform/admin")?;
    Ok((organization.to_owned(), token::subject(subject)?))
}
