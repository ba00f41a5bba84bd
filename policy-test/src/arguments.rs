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

The token is read from SHELL_TOKEN, or from the file of --token-file. It needs the right `evaluate` on `decision:*`; \
to act for another organization, also `act_for` on `organization:<slug>`. With the right `read` on `role:*`, the lines \
that decided are shown for each case that fails.

Exit status:
  0  every case was decided as expected
  1  some cases were decided differently
  2  some cases could not be decided, or none was sent: a file is not valid, the token is refused, or the Shell cannot
     be reached";

/// Tests a Shell's policy: compares its decisions with those that the files expect.
#[derive(Debug, Parser)]
#[command(name = "policy-test", version, after_help = AFTER)]
pub struct Arguments {
    /// YAML files with cases.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The address of the Shell: https, or http on this machine.
    #[arg(long, env = "SHELL_URL", hide_env_values = true, value_name = "URL")]
    pub url: String,
    /// The organization to ask about; by default the token's own.
    #[arg(long, value_name = "SLUG")]
    pub organization: Option<String>,
    /// A file with the token, instead of SHELL_TOKEN.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Also write a report in JUnit's XML format to this file.
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
