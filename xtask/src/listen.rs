//! The address to serve on, as `--listen` gives it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};

/// Reads `HOST:PORT`. If a name has several addresses, 127.0.0.1 is preferred, as in Spin.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let how = "write HOST:PORT, as 127.0.0.1:3000 or localhost:3000";
    let port = text.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
    if !matches!(port, Some(Ok(_))) {
        return Err(format!("it has no port from 0 to 65535: {how}"));
    }
    let found = text
        .to_socket_addrs()
        .map_err(|error| format!("this machine finds no such host ({error}): {how}"))?;
    let found: Vec<_> = found.collect();
    let usual = |address: &&SocketAddr| address.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST);
    let chosen = found.iter().find(usual).or_else(|| found.first());
    chosen
        .copied()
        .ok_or_else(|| format!("the host has no address: {how}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found() {
        for (text, expected) in [
            ("localhost:3000", "127.0.0.1:3000"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("[::1]:3000", "[::1]:3000"),
            ("0.0.0.0:80", "0.0.0.0:80"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for (text, said) in [
            ("", "no port"),
            ("3000", "no port"),
            ("localhost", "no port"),
            ("localhost:", "no port"),
            ("127.0.0.1:65536", "no port"),
            ("http://127.0.0.1:3000/", "no port"),
            ("::1", "no such host"),
            (":3000", "no such host"),
            ("http://127.0.0.1:3000", "no such host"),
            ("nowhere.invalid:3000", "no such host"),
        ] {
            let error = address(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
