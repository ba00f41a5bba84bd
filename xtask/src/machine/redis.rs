//! Finding a Redis or Valkey that is new enough.

use std::path::PathBuf;

use super::{in_path, version_line};

const OLDEST_REDIS: u32 = 7;

/// A server that speaks Redis' protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisProgram {
    /// The server.
    pub server: PathBuf,
    /// The name and version, such as `Redis 7.0.15`.
    pub version: String,
}

impl RedisProgram {
    /// The first one in `PATH` that is new enough.
    #[must_use]
    pub fn find() -> Option<Self> {
        ["redis-server", "valkey-server"]
            .into_iter()
            .find_map(|name| {
                let server = in_path(name)?;
                let version = parse_version(&version_line(&server)?)?;
                Some(Self { server, version })
            })
    }
}

/// Reads the name and version in `Redis server v=7.0.15 sha=…`, if it is new enough; every Valkey is.
fn parse_version(line: &str) -> Option<String> {
    let (name, rest) = line.split_once(" server v=")?;
    let version = rest.split_whitespace().next()?;
    let major: u32 = version.split('.').next()?.parse().ok()?;
    (name == "Valkey" || major >= OLDEST_REDIS).then(|| format!("{name} {version}"))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions() {
        for (line, expected) in [
            (
                "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64",
                Some("Redis 7.0.15"),
            ),
            ("Valkey server v=8.0.1 sha=00000000:0", Some("Valkey 8.0.1")),
            ("Redis server v=6.2.14 sha=00000000:0", None),
            ("something else", None),
        ] {
            assert_eq!(parse_version(line).as_deref(), expected, "{line}");
        }
    }
}
