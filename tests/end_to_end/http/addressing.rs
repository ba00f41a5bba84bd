//! The address of a request: if it is ambiguous, both hosts behave the same.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use tests::Shell;
use xtask::host::HostKind;

/// The status of the answer to these bytes; `None` if the connection is closed instead.
fn status(shell: &Shell, request: &str) -> Option<String> {
    let url = shell.url();
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let patience = Some(Duration::from_secs(10));
    stream.set_read_timeout(patience).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1);
    assert_eq!(status.is_none(), answer.is_empty(), "{answer}");
    status.map(str::to_owned)
}

#[test]
fn a_request_wants_one_authority() {
    let shell = Shell::start();
    let twice = match shell.setup().environment.host.kind() {
        // RFC 9112, section 3.2.
        HostKind::Embedded => "400",
        HostKind::Spin => "200",
    };
    let (path, close) = ("/health/live", "Connection: close\r\n\r\n");
    let absolute = "GET http://shell.example/health/live HTTP/1";
    for (request, expected) in [
        (format!("GET {path} HTTP/1.1\r\nHost: a\r\n"), Some("200")),
        (format!("GET {path} HTTP/1.0\r\nHost: a\r\n"), Some("200")),
        (
            format!("{absolute}.1\r\nHost: shell.example\r\n"),
            Some("200"),
        ),
        (format!("{absolute}.0\r\n"), Some("200")),
        (format!("GET {path} HTTP/1.0\r\n"), None),
        (format!("GET {path} HTTP/1.1\r\n"), None),
        (format!("GET {path} HTTP/1.1\r\nHost: a b\r\n"), None),
        (format!("{absolute}.1\r\nHost: other.example\r\n"), None),
        (
            format!("GET {path} HTTP/1.1\r\nHost: a\r\nHost: b\r\n"),
            Some(twice),
        ),
    ] {
        let got = status(&shell, &format!("{request}{close}"));
        assert_eq!(got.as_deref(), expected, "{request}");
    }
    // The server continues to serve.
    shell.get("/health/live").send().expect(200);
}
