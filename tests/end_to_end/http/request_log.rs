//! The request log: one JSON line for each request that an operator needs to see.

use tests::{Setup, Shell};

#[test]
fn reads_that_succeed_cost_no_line_and_refusals_one() {
    let shell = Shell::start();
    shell.get("/v1/apps").by("acme", "alice").send().expect(200);
    shell
        .get("/v1/apps/nothing")
        .by("acme", "alice")
        .send()
        .expect(404);
    shell.get("/v1/apps").send().expect(401);
    let refused = shell
        .get("/v1/apps")
        .by("acme", "alice")
        .header("shell-organization", "globex");
    let refused = refused.header("x-request-id", "refused-1").header(
        "traceparent",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    );
    refused.send().expect(403);

    let lines = shell.log_lines();
    let statuses: Vec<_> = lines
        .iter()
        .map(|line| line["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [401, 403], "{lines:#?}");
    let line = &lines[1];
    assert_eq!(line["request_id"], "refused-1");
    assert_eq!(line["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(line["route"], "/v1/apps");
    assert_eq!(line["method"], "GET");
    assert_eq!(
        line["organization_id"],
        shell.database().organization("acme").to_string()
    );
    assert!(line["duration_us"].as_u64().unwrap() > 0);
    assert_eq!(
        line["cause"],
        "Shell-Organization names an organization that is not the caller's"
    );
}

#[test]
fn every_request_where_that_is_asked_for() {
    let shell = Setup::seeded().variable("request_log", "all").start();
    shell
        .get("/v1/apps/drive")
        .by("acme", "alice")
        .send()
        .expect(200);
    shell.get("/nothing").send().expect(404);
    let lines = shell.log_lines();
    let routes: Vec<_> = lines
        .iter()
        .map(|line| line["route"].as_str().unwrap())
        .collect();
    assert_eq!(routes, ["/v1/apps/{slug}", ""]);
}

#[test]
fn no_line_holds_a_token_or_a_person() {
    let shell = Setup::seeded().variable("request_log", "all").start();
    let token = shell.token("acme", "alice");
    shell
        .get("/v1/apps?category=alice")
        .bearing(&token)
        .send()
        .expect(200);
    shell
        .get("/v1/apps")
        .bearing(&format!("{token}x"))
        .send()
        .expect(401);
    let output = shell.output();
    let signature = token.rsplit('.').next().unwrap();
    for secret in [token.as_str(), signature, "alice"] {
        assert!(!output.contains(secret), "{output}");
    }
    let lines = shell.log_lines();
    assert_eq!(lines.len(), 2);
    assert!(lines[1]["cause"].as_str().unwrap().starts_with("the token"));
}
