//! What every function answers in the same way: unknown paths, methods, request ids.

use tests::Shell;

#[test]
fn unknown_paths_are_problems() {
    let shell = Shell::start();
    for path in [
        "/",
        "/nothing",
        "/v1/apps/drive/more",
        "/v2/apps",
        "/health",
        "/v1/apps/",
        "/v1/audit-events/",
        "/v1/audit-events/1/more",
    ] {
        shell
            .get(path)
            .by("acme", "alice")
            .send()
            .expect_problem(404, "unknown-path");
        shell
            .request("DELETE", path)
            .send()
            .expect_problem(404, "unknown-path");
    }
}

#[test]
fn a_path_that_cannot_be_decoded_names_nothing() {
    let shell = Shell::start();
    let answer = shell.get("/v1/apps/%FF").by("acme", "alice").send();
    answer.expect_problem(404, "unknown-path");
    let answer = shell.get("/v1/apps/%ff").send();
    // Authentication comes first.
    answer.expect_problem(401, "unauthenticated");
}

#[test]
fn other_methods_are_refused_and_the_fit_ones_named() {
    let shell = Shell::start();
    for (path, fit) in [
        ("/v1/apps", "GET,HEAD"),
        ("/v1/apps/drive", "GET,HEAD,PUT,DELETE"),
        ("/v1/apps/drive/heartbeat", "POST"),
        ("/v1/apps/drive/organizations/acme", "PUT,DELETE"),
        ("/v1/organizations", "GET,HEAD"),
        ("/v1/organizations/acme", "GET,HEAD,PUT"),
        ("/v1/audit-events", "GET,HEAD,POST"),
        ("/v1/audit-events/1", "GET,HEAD"),
        ("/health/live", "GET,HEAD"),
    ] {
        for method in ["PATCH", "OPTIONS"] {
            let answer = shell.request(method, path).by("acme", "alice").send();
            let answer = answer.expect_problem(405, "method-not-allowed");
            assert_eq!(answer.header("allow"), Some(fit));
        }
    }
}

#[test]
fn head_answers_as_get_without_a_body() {
    let shell = Shell::start();
    let get = shell.get("/v1/apps").by("acme", "alice").send().expect(200);
    let head = shell
        .request("HEAD", "/v1/apps")
        .by("acme", "alice")
        .send()
        .expect(200);
    assert_eq!(head.body, "");
    assert_eq!(head.header("etag"), get.header("etag"));
}

#[test]
fn a_request_id_is_echoed_or_made() {
    let shell = Shell::start();
    let sent = shell
        .get("/health/live")
        .header("x-request-id", "my-id.1")
        .send();
    assert_eq!(sent.header("x-request-id"), Some("my-id.1"));
    for unusable in ["two words", &"x".repeat(129)] {
        let made = shell
            .get("/nothing")
            .header("x-request-id", unusable)
            .send();
        let made = made
            .header("x-request-id")
            .expect("an id is made")
            .to_owned();
        assert_eq!(uuid::Uuid::parse_str(&made).unwrap().get_version_num(), 7);
    }
}
