//! The token that Keycloak sends when a session ends (OpenID Connect Back-Channel Logout 1.0) identifies no caller.

use std::{
    io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tests::Keycloak;
use xtask::keycloak::PASSWORD_CLIENT;

/// The timeout for Keycloak to send it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Accepts the first connection.
fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    let end = Instant::now() + PATIENCE;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                return stream;
            }
            Err(fault) if fault.kind() == ErrorKind::WouldBlock => {
                assert!(Instant::now() < end, "Keycloak sent no logout token");
                thread::sleep(Duration::from_millis(20));
            }
            Err(fault) => panic!("{fault}"),
        }
    }
}

/// Receives one form, and answers with a success.
fn receive(listener: &TcpListener) -> String {
    let stream = accept(listener);
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        let line = line.to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    reader.into_inner().write_all(answer).unwrap();
    String::from_utf8(body).unwrap()
}

#[test]
fn a_logout_token_is_no_caller() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let admin = keycloak.admin();
    let found = admin.get(&format!("/clients?clientId={PASSWORD_CLIENT}"));
    let mut client = found.unwrap().unwrap()[0].clone();
    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    client["attributes"]["backchannel.logout.url"] = json!(url);
    admin.change("PUT", &path, Some(&client)).unwrap();

    let tokens = keycloak.tokens("bob", "");
    keycloak.sign_out(&tokens);
    let form = receive(&listener);
    client["attributes"]["backchannel.logout.url"] = json!("");
    admin.change("PUT", &path, Some(&client)).unwrap();

    let token = form.strip_prefix("logout_token=").expect("a logout token");
    // Its audience is the client: only its type distinguishes it from a token that is meant for this Shell.
    let setup = keycloak.setup();
    let shell = setup.variable("oidc_audience", PASSWORD_CLIENT).start();
    let answer = shell.get("/v1/apps").bearing(token).send();
    let problem = answer.expect_problem(401, "unauthenticated").json();
    assert_eq!(problem["detail"], "the token is not an access token");
}
