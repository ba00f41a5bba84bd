//! What Keycloak sends when a session ends (OpenID Connect Back-Channel Logout 1.0) is no caller's token.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
};

use serde_json::json;
use tests::Keycloak;
use xtask::keycloak::PASSWORD_CLIENT;

/// Takes one form, and answers that all is well.
fn receive(listener: &TcpListener) -> String {
    let (stream, _) = listener.accept().unwrap();
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
    let shell = keycloak.setup().start();
    let answer = shell.get("/v1/apps").bearing(token).send();
    answer.expect_problem(401, "unauthenticated");
}
