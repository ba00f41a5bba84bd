//! The command line.

use std::path::PathBuf;

use clap::Parser;

const AFTER: &str = "\
A file is a list of cases:

  - subject: alice                  # a user's id, or {type, id, properties}
    action: write                   # or {name, properties}
    resource: document/handbook     # type/id, or {type, id, properties}
    context: {weekday: 3}           # may be absent
    expect: allow                   # or deny
    name: editors write             # may be absent

The token stands in SHELL_TOKEN, or in the file of --token-file. It needs `evaluate` on `decision:*`, acting for \
another organization also `act_for` on `organization:<slug>`; where it may `read` on `role:*` too, the lines that \
decided are shown of each case that fails.

Exit status:
  0  every case was decided as expected
  1  some were decided otherwise
  2  some could not be decided, or nothing was asked: a file is at fault, the token is refused, the Shell is away";

/// Asks a Shell the questions of files, and compares its decisions with those that are expected.
#[derive(Debug, Parser)]
#[command(name = "policy-test", version, after_help = AFTER)]
pub struct Arguments {
    /// YAML files with cases.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Where the Shell is: https, or http on this machine.
    #[arg(long, env = "SHELL_URL", hide_env_values = true, value_name = "URL")]
    pub url: String,
    /// The organization to ask about; without it, the token's own.
    #[arg(long, value_name = "SLUG")]
    pub organization: Option<String>,
    /// A file with the token, in place of SHELL_TOKEN.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Also write a report in JUnit's XML into this file.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn help_says_what_the_exit_status_means() {
        let help = Arguments::command().render_help().to_string();
        assert!(help.contains("Exit status:"), "{help}");
    }
}
