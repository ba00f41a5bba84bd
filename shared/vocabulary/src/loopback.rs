//! Addresses of this machine, which need no TLS.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a host, in the form of a URL, is this machine: `localhost`, or a loopback address.
pub fn is_loopback(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let v6 = bare.and_then(|host| host.parse::<Ipv6Addr>().ok());
    let v4 = host.parse::<Ipv4Addr>().ok();
    host.eq_ignore_ascii_case("localhost")
        || v4.is_some_and(|address| address.is_loopback())
        || v6.is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_alone() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.example",
            "10.0.0.1",
            "[::2]",
            "::1",
            "0.0.0.0",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
