//! `/v1/apps/{slug}/organizations/{organization}`, also for apps and organizations that do not exist.

use serde_json::json;
use tests::Shell;

#[test]
fn enabling_and_disabling_are_seen_by_the_next_read() {
    let shell = Shell::start();
    let acme = shell.database().organization("acme").to_string();
    let read = || shell.get("/v1/apps/analytics").by("acme", "alice").send();
    let acting = || {
        let request = shell.platform("GET", "/v1/apps/analytics");
        request.header("shell-organization", "acme").send()
    };
    for named in ["acme", acme.as_str()] {
        let path = format!("/v1/apps/analytics/organizations/{named}");
        read().expect_problem(404, "unknown-app");
        acting().expect(404);
        let enabled = shell.platform("PUT", &path).send().expect(201);
        assert_eq!(enabled.json()["slug"], "analytics");
        read().expect(200);
        acting().expect(200);
        shell.platform("PUT", &path).send().expect(200);
        read().expect(200);
        for _ in ["the first", "repeated"] {
            shell.platform("DELETE", &path).send().expect(204);
            read().expect(404);
            acting().expect(404);
        }
    }
}

#[test]
fn what_does_not_exist_is_named() {
    let shell = Shell::start();
    let nobody = uuid::Uuid::now_v7();
    for (method, path, kind) in [
        (
            "PUT",
            "/v1/apps/nothing/organizations/acme".to_owned(),
            "unknown-app",
        ),
        (
            "PUT",
            "/v1/apps/No/organizations/acme".to_owned(),
            "unknown-app",
        ),
        (
            "PUT",
            "/v1/apps/drive/organizations/initech".to_owned(),
            "unknown-organization",
        ),
        (
            "PUT",
            "/v1/apps/drive/organizations/%00".to_owned(),
            "unknown-organization",
        ),
        (
            "PUT",
            format!("/v1/apps/drive/organizations/{nobody}"),
            "unknown-organization",
        ),
        (
            "POST",
            "/v1/apps/nothing/heartbeat".to_owned(),
            "unknown-app",
        ),
        ("POST", "/v1/apps/%00/heartbeat".to_owned(), "unknown-app"),
    ] {
        let body = json!({"ttl_seconds": 5, "health": "healthy"});
        let answer = shell.platform(method, &path).json(&body).send();
        answer.expect_problem(404, kind);
    }
    for path in [
        "/v1/apps/nothing",
        "/v1/apps/%00",
        "/v1/apps/nothing/organizations/acme",
        "/v1/apps/drive/organizations/initech",
    ] {
        shell.platform("DELETE", path).send().expect(204);
    }
}
