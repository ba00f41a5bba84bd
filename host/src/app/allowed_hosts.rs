//! `allowed_outbound_hosts`: the servers that a component may connect to.

use anyhow::{Context, Result, ensure};

use super::variables::Variables;

/// The entries of one component.
pub struct AllowedHosts(Vec<Entry>);

struct Entry {
    scheme: String,
    host: String,
    /// `None` for `*`: every port.
    port: Option<u16>,
}

impl AllowedHosts {
    /// Reads `scheme://host[:port]` entries after replacing the variables in them. An entry that consists only of
    /// variables without a value allows nothing, as in Spin, so that a server need not be configured.
    pub fn parse(entries: &[String], variables: &Variables) -> Result<Self> {
        let parse = |entry: &String| {
            let text = variables.expand(entry)?;
            if text != *entry && matches!(text.as_str(), "" | "http://" | "https://") {
                return Ok(None);
            }
            Entry::parse(&text)
                .with_context(|| format!("allowed_outbound_hosts: `{entry}` (here `{text}`)"))
                .map(Some)
        };
        let entries = entries.iter().filter_map(|entry| parse(entry).transpose());
        entries.collect::<Result<_>>().map(Self)
    }

    /// Whether a component may connect. If no port is given, it is the scheme's default port.
    pub fn allow(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let port = port.or_else(|| default_port(scheme));
        self.0.iter().any(|entry| {
            entry.scheme == scheme
                && entry.host.eq_ignore_ascii_case(host)
                && (entry.port.is_none() || entry.port == port)
        })
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self> {
        let (scheme, rest) = text
            .split_once("://")
            .context("it needs a scheme, `postgres://…`")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            // The colon is inside the brackets of an IPv6 address.
            Some((_, tail)) if tail.ends_with(']') => (rest, None),
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        };
        ensure!(!host.is_empty(), "it needs a host");
        ensure!(
            !rest.contains('/'),
            "it takes a host and a port, never a path"
        );
        ensure!(
            !scheme.contains('*') && !host.contains('*'),
            "this host supports `*` only as a port; name the server"
        );
        let port = match port {
            Some("*") => None,
            Some(port) => Some(port.parse().context("its port is not a number")?),
            None => Some(default_port(scheme).context("its scheme has no usual port; add one")?),
        };
        Ok(Self {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            port,
        })
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "postgres" => Some(5432),
        "redis" => Some(6379),
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn allowed(entry: &str) -> Result<AllowedHosts> {
        let declared = r#"
            host = { default = "db:6543" }
            issuer = { default = "https://id.example" }
            local = { default = "http://127.0.0.1:8080" }
            none = { default = "" }
        "#;
        let declared: BTreeMap<_, _> = toml::from_str(declared).expect("a [variables] table");
        let variables = Variables::resolve(&declared, &[], |_| None).expect("variables");
        AllowedHosts::parse(&[entry.to_owned()], &variables)
    }

    fn check(entry: &str, target: (&str, &str, Option<u16>), expect: bool) {
        let (scheme, host, port) = target;
        let allowed = allowed(entry).expect(entry);
        assert_eq!(
            allowed.allow(scheme, host, port),
            expect,
            "{entry} and {target:?}"
        );
    }

    #[test]
    fn scheme_host_and_port_must_agree() {
        check("postgres://db", ("postgres", "db", None), true);
        check("postgres://db", ("postgres", "db", Some(5432)), true);
        check("postgres://db", ("postgres", "db", Some(5433)), false);
        check("postgres://db:5433", ("postgres", "db", None), false);
        check("postgres://db:*", ("postgres", "db", Some(1)), true);
        check("postgres://db/", ("redis", "db", Some(5432)), false);
        check("redis://localhost", ("redis", "127.0.0.1", None), false);
        check("redis://LocalHost", ("redis", "localhost", None), true);
        check("redis://[::1]:7000", ("redis", "[::1]", Some(7000)), true);
        check("redis://[::1]", ("redis", "[::1]", None), true);
        check(
            "postgres://{{ host }}",
            ("postgres", "db", Some(6543)),
            true,
        );
    }

    #[test]
    fn a_variable_may_be_the_whole_entry() {
        let issuer = "{{ issuer }}";
        check(issuer, ("https", "id.example", None), true);
        check(issuer, ("https", "ID.example", Some(443)), true);
        check(issuer, ("https", "id.example", Some(8443)), false);
        check(issuer, ("http", "id.example", Some(443)), false);
        check(issuer, ("https", "id.example.org", None), false);
        check("{{ local }}", ("http", "127.0.0.1", Some(8080)), true);
        check("{{ local }}", ("http", "127.0.0.1", None), false);
    }

    #[test]
    fn a_variable_without_a_value_allows_nothing() {
        for entry in ["{{ none }}", "http://{{ none }}", "https://{{none}}"] {
            for scheme in ["http", "https"] {
                check(entry, (scheme, "", None), false);
                check(entry, (scheme, "id.example", None), false);
            }
        }
    }

    #[test]
    fn refuses_what_is_no_host() {
        for entry in [
            "db:5432",
            "postgres://",
            "postgres://db/name",
            "postgres://db:port",
            "ftp://db",
            "*://*:*",
            "redis://*.internal",
            "redis://{{ unknown }}",
            "redis://{{ none }}",
            "{{ none }}/",
            "https://",
            "",
        ] {
            assert!(allowed(entry).is_err(), "{entry}");
        }
    }
}
