//! The commands, one per file.

mod bench;
mod build;
mod ci;
mod disposable;
mod maintain;
mod migrate;
mod openapi;
mod policy;
mod policy_test;
mod reconcile;
mod replay;
mod seed;
mod signatures;
mod test;
mod token;
mod up;

use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use anyhow::Result;
use clap::{Args, Subcommand};
use xtask::workspace;

#[derive(Subcommand)]
pub enum Command {
    /// Start everything: build, PostgreSQL, Redis, migrations, seed data, HTTP server.
    Up(up::Up),
    /// Build the components and the embedded host.
    Build(build::Build),
    /// Print a token for the running Shell, issued by its Keycloak or by the development issuer.
    Token(token::Token),
    /// Migrate the running Shell's database to the current schema.
    Migrate(migrate::Migrate),
    /// Run the daily maintenance of the running Shell's database.
    Maintain(maintain::Maintain),
    /// Retry the failed and waiting events in the running Shell's inbox.
    Replay(replay::Replay),
    /// Reconcile the running Shell's users and organizations with an identity provider.
    Reconcile(reconcile::Reconcile),
    /// Import CSV files into the running Shell's database.
    Seed(seed::Seed),
    /// Export an organization's policy.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Compare the running Shell's decisions with those that YAML files expect.
    PolicyTest(policy_test::PolicyTest),
    /// Run all tests, with private services.
    Test(test::Test),
    /// Measure the Shell, compared with the cost of the host and the stores alone.
    Bench(bench::Bench),
    /// Check formatting, lints, generated files and tests.
    Ci,
    /// Write openapi.yaml from the code.
    Openapi(openapi::Openapi),
    /// Write migrations/signatures.txt from a migrated database.
    Signatures(signatures::Signatures),
}

impl Command {
    pub fn run(self) -> Result<ExitCode> {
        match self {
            Self::Up(command) => command.run(),
            Self::Build(command) => command.run(),
            Self::Token(command) => command.run(),
            Self::Migrate(command) => command.run(),
            Self::Maintain(command) => command.run(),
            Self::Replay(command) => command.run(),
            Self::Reconcile(command) => command.run(),
            Self::Seed(command) => command.run(),
            Self::Policy(command) => command.run(),
            Self::PolicyTest(command) => command.run(),
            Self::Test(command) => command.run(),
            Self::Bench(command) => command.run(),
            Self::Ci => ci::run(),
            Self::Openapi(command) => command.run(),
            Self::Signatures(command) => command.run(),
        }
    }
}

/// The instance that a command works on.
#[derive(Args)]
struct DataDir {
    /// The folder of the instance [default: .shell in the repository].
    #[arg(long = "data-dir", value_name = "DIR")]
    given: Option<PathBuf>,
}

impl DataDir {
    fn path(&self) -> PathBuf {
        let usual = || workspace::root().join(".shell");
        self.given.clone().unwrap_or_else(usual)
    }
}

/// The exit code of a command that was interrupted; for `up` this is the ordinary end.
pub fn interrupted() -> ExitCode {
    ExitCode::from(130)
}

/// Returns a program's exit code as our own; a program that was ended by a signal has none.
fn pass_on(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
