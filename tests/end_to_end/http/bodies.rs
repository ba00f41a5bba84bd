//! JSON bodies that are invalid or too large.

use serde_json::json;
use tests::Shell;

#[test]
fn what_is_no_json_is_refused() {
    let shell = Shell::start();
    for body in [
        "",
        "{",
        "{\"name\": 1e}",
        "{}{}",
        "\u{feff}{}",
        &"[".repeat(200),
    ] {
        let request = shell.platform("PUT", "/v1/apps/notes");
        let answer = request.body("application/json", body).send();
        answer.expect_problem(400, "invalid-json");
    }
    let request = shell.platform("PUT", "/v1/apps/notes");
    let answer = request.body("application/json", [b'"', 0xff, b'"']).send();
    answer.expect_problem(400, "invalid-json");
}

#[test]
fn an_encoded_body_is_refused() {
    let shell = Shell::start();
    let app = json!({
        "name": "Notes", "api_url": "https://notes.example/api",
        "ui_url": "https://notes.example", "status": "available",
    });
    let event = json!({"action": "file.read", "outcome": "success"});
    for (method, path, body) in [
        ("PUT", "/v1/apps/notes", &app),
        ("POST", "/v1/audit-events", &event),
    ] {
        let send = |coding: &str| {
            let request = shell.platform(method, path);
            request.header("content-encoding", coding).json(body).send()
        };
        for coding in ["gzip", "br", "identity, gzip", "no-such"] {
            let answer = send(coding).expect_problem(415, "unsupported-encoding");
            assert_eq!(answer.header("accept-encoding"), Some("identity"));
        }
        for coding in ["identity", "Identity", ""] {
            assert!(send(coding).status < 300, "{coding}");
        }
    }
}

#[test]
fn a_body_of_more_than_a_mebibyte_is_refused() {
    let shell = Shell::start();
    let padded = |length: usize| {
        let body = json!({
            "name": "Notes", "api_url": "https://notes.example/api",
            "ui_url": "https://notes.example", "status": "available",
        })
        .to_string();
        let padding = " ".repeat(length - body.len());
        let request = shell.platform("PUT", "/v1/apps/notes");
        request
            .body("application/json", body + padding.as_str())
            .send()
    };
    padded(1024 * 1024).expect(201);
    for length in [1024 * 1024 + 1, 2 * 1024 * 1024] {
        padded(length).expect_problem(413, "too-large");
    }
    // The connection, and the instance behind it, remain usable.
    padded(1024 * 1024).expect(200);
}
