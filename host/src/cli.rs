//! The command line, with the options of `spin up`, so that scripts can start either host.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

/// A small Spin-compatible host for development and tests.
#[derive(Parser)]
#[command(name = "shell-host")]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The host's commands.
#[derive(Subcommand)]
pub enum Command {
    /// Run the application: serve its routes, or run its command once.
    Up(Up),
    /// Compile every component ahead of `up`.
    Compile(From),
}

/// The application's manifest.
#[derive(Args)]
pub struct From {
    /// The path of the manifest.
    #[arg(short, long = "from", default_value = "spin.toml")]
    pub file: PathBuf,
}

/// How to run an application.
#[derive(Args)]
pub struct Up {
    /// The manifest of the application.
    #[command(flatten)]
    pub from: From,
    /// The address to listen on; port 0 picks a free port.
    #[arg(long, default_value = "127.0.0.1:3000", value_parser = address)]
    pub listen: SocketAddr,
    /// Write the output of components to files in DIR/logs.
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// Do not print the output of components.
    #[arg(long, short)]
    pub quiet: bool,
    /// Set an application variable.
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = variable)]
    pub variables: Vec<(String, String)>,
    /// Abort requests that take longer, for example `5s` or `250ms`.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub request_timeout: Option<Duration>,
    /// Arguments of the command.
    #[arg(last = true)]
    pub arguments: Vec<String>,
}

/// If a name has several addresses, 127.0.0.1 is preferred, as in Spin.
fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().map_err(|error| error.to_string())?;
    let found: Vec<_> = found.collect();
    let usual = |address: &&SocketAddr| address.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST);
    let chosen = found.iter().find(usual).or_else(|| found.first());
    chosen
        .copied()
        .ok_or_else(|| "the host has no address".to_owned())
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_name_is_an_address_too() {
        let loopback = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(address("localhost:3000"), Ok(loopback(3000)));
        assert_eq!(address("127.0.0.1:0"), Ok(loopback(0)));
        for bad in ["localhost", "3000", "127.0.0.1:65536"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
