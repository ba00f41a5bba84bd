//! The Shell's address, and whether a token may be sent to it.

use std::net::IpAddr;

use ureq::http::Uri;

use super::Failure;

/// An address to which a token may be sent.
#[derive(Debug)]
pub struct Address {
    base: String,
    is_on_this_machine: bool,
}

impl Address {
    /// Checks an address. The error does not repeat it, since it may contain a password.
    pub fn new(text: &str) -> Result<Self, Failure> {
        let refuse = |what, next| Err(Failure::new(what, next));
        let usual = "give one such as https://shell.example";
        let Ok(uri) = text.parse::<Uri>() else {
            return refuse("the address is not valid", usual);
        };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return refuse("the address is not whole", usual);
        };
        if authority.as_str().contains('@') {
            return refuse(
                "the address has a user or a password",
                "the token identifies the caller",
            );
        }
        if uri.query().is_some() || text.contains('#') {
            return refuse("the address has more than a path", usual);
        }
        let is_on_this_machine = is_loopback(authority.host());
        match scheme {
            "https" => {}
            "http" if is_on_this_machine => {}
            "http" => {
                return refuse(
                    "the address is http on another machine, so the token could be read on the way",
                    "use https",
                );
            }
            _ => return refuse("the address is neither https nor http", usual),
        }
        let base = text.trim_end_matches('/').to_owned();
        Ok(Self {
            base,
            is_on_this_machine,
        })
    }

    /// The URL of a path on the Shell.
    pub fn of(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Whether it is on this machine, so that no proxy is used.
    pub fn is_on_this_machine(&self) -> bool {
        self.is_on_this_machine
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let address = bare.unwrap_or(host).parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_everywhere_and_http_on_this_machine() {
        for (text, url) in [
            ("https://shell.example", "https://shell.example/v1"),
            (
                "https://shell.example:8443/base/",
                "https://shell.example:8443/base/v1",
            ),
            ("http://localhost:3000", "http://localhost:3000/v1"),
            ("http://127.8.0.1:3000/", "http://127.8.0.1:3000/v1"),
            ("http://[::1]:3000", "http://[::1]:3000/v1"),
        ] {
            assert_eq!(Address::new(text).unwrap().of("/v1"), url);
        }
    }

    #[test]
    fn no_other_address_is_told_a_token() {
        for text in [
            "http://shell.example",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://0.0.0.0:3000",
            "http://localhost@shell.example",
            "http://localhost:3000@shell.example",
            "https://user:secret@shell.example",
            "https://shell.example/?a=secret",
            "https://shell.example/#secret",
            "ftp://localhost",
            "localhost:3000",
            "shell.example",
            "/secret",
            "",
        ] {
            let failure = Address::new(text).unwrap_err();
            assert!(!failure.to_string().contains("secret"), "{text}: {failure}");
        }
    }
}
