//! Commands to the Redis of a Shell, beside the Shell.

use redis::{Client, Connection, FromRedisValue};
use xtask::connection::StoreUrl;

use crate::Shell;

/// A connection to the Redis of a Shell.
pub fn connect(shell: &mut Shell) -> Connection {
    connect_to(&shell.redis().url())
}

/// A connection to the Redis at an address.
pub fn connect_to(url: &StoreUrl) -> Connection {
    let client = Client::open(url.to_string()).unwrap();
    client.get_connection().unwrap()
}

/// Runs a command.
pub fn run<T: FromRedisValue>(redis: &mut Connection, command: &[&str]) -> T {
    redis::cmd(command[0])
        .arg(&command[1..])
        .query(redis)
        .unwrap()
}

/// How often each command was called, from `INFO commandstats`.
pub fn calls(redis: &mut Connection) -> Vec<(String, u64)> {
    let said: String = run(redis, &["INFO", "commandstats"]);
    let line = |line: &str| {
        let (name, numbers) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        let (calls, _) = numbers.split_once(',')?;
        Some((name.to_owned(), calls.parse().unwrap()))
    };
    said.lines().filter_map(line).collect()
}

/// How often a command was called, of [`calls`].
pub fn count(calls: &[(String, u64)], name: &str) -> u64 {
    let found = calls.iter().find(|(called, _)| called == name);
    found.map_or(0, |(_, calls)| *calls)
}
