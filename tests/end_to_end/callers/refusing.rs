//! A caller that is not allowed to do something learns only that, whatever the body; one that is allowed gets a short
//! error.

use serde_json::json;
use tests::{Shell, audit, organizations};

/// An array of a mebibyte in which each item is invalid.
fn large() -> String {
    let body = format!(r#"{{"domains":[{}1]}}"#, "1,".repeat(500_000));
    assert!(body.len() > 1_000_000 && body.len() < 1024 * 1024);
    body
}

#[test]
fn a_large_body_gets_a_small_answer() {
    let shell = Shell::start();
    let put = |organization: &str| {
        let request = shell.request("PUT", "/v1/organizations/acme");
        let request = request.by(organization, "admin");
        request.body("application/json", large()).send()
    };
    let answer = put("platform").expect_problem(422, "invalid-fields");
    assert!(answer.body.len() < 100_000, "{} bytes", answer.body.len());
    assert!(answer.pointers().contains(&"/domains".to_owned()));
    put("globex").expect_problem(403, "forbidden");
}

#[test]
fn a_suspended_organization_is_refused_whatever_it_sends() {
    let shell = Shell::start();
    let mut acme = organizations::read(&shell, "acme");
    acme["status"] = json!("suspended");
    organizations::put(&shell, "acme", &acme).expect(200);
    let json = "application/json";
    for (method, path) in [
        ("PUT", "/v1/apps/notes"),
        ("PUT", "/v1/organizations/acme"),
        ("POST", "/v1/apps/drive/heartbeat"),
        ("POST", audit::PATH),
    ] {
        for (kind, body) in [
            (json, "{".to_owned()),
            (json, "{}".to_owned()),
            (json, "[1]".to_owned()),
            (json, large()),
            (json, " ".repeat(2 * 1024 * 1024)),
            ("text/plain", "{}".to_owned()),
        ] {
            let request = shell.request(method, path).by("acme", "alice");
            let answer = request.body(kind, body.as_str()).send();
            let start = body.get(..10).unwrap_or(&body);
            assert_eq!(answer.status, 403, "{method} {path} {kind} {start}");
            answer.expect_problem(403, "forbidden");
        }
    }
}
