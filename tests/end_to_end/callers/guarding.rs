//! The Shell guards itself: each route accepts exactly the right that the contract demands, and no other.

use serde_json::{Value, json};
use tests::{Answer, Shell};

/// The organization in which a right is held.
#[derive(Clone, Copy, PartialEq)]
enum In {
    Platform,
    Acme,
}

/// What an operation demands of a caller.
enum Needs {
    /// A valid token, or not even that.
    Nothing,
    /// An action on a resource, by its type and id.
    Right(In, &'static str, &'static str, &'static str),
}

use Needs::{Nothing, Right};

/// The right that each operation demands at the path that is tested, and a valid body.
fn needs(method: &str, path: &str) -> Option<(Needs, Value)> {
    let app = json!({"name": "Drive", "api_url": "https://drive.example/api",
        "ui_url": "https://drive.example", "status": "available"});
    let of_other = json!({"action": "a", "outcome": "success",
        "actor": {"type": "user", "id": "somebody"}});
    let question = json!({"subject": {"type": "user", "id": "bob"}, "action": {"name": "read"},
        "resource": {"type": "document", "id": "1"}});
    let organization = json!({"name": "Acme", "plan": "free", "status": "active"});
    let nothing = Value::Null;
    let right = |place, action, kind, id| Right(place, action, kind, id);
    let (acme, platform) = (In::Acme, In::Platform);
    Some(match (method, path) {
        ("get", "/health/live" | "/health/ready" | "/v1/apps" | "/v1/apps/{slug}") => {
            (Nothing, nothing)
        }
        ("put", "/v1/apps/{slug}") => (right(platform, "write", "app", "drive"), app),
        ("delete", "/v1/apps/{slug}") => (right(platform, "write", "app", "drive"), nothing),
        ("put" | "delete", "/v1/apps/{slug}/organizations/{organization}") => {
            (right(platform, "write", "app", "drive"), nothing)
        }
        ("post", "/v1/apps/{slug}/heartbeat") => {
            let beat = json!({"ttl_seconds": 60, "health": "healthy"});
            (right(platform, "heartbeat", "app", "drive"), beat)
        }
        // Members may read their own organization: the effect of the right is tested below.
        ("get", "/v1/organizations") => (Nothing, nothing),
        ("get", "/v1/organizations/{organization}") => {
            (right(platform, "read", "organization", "acme"), nothing)
        }
        ("put", "/v1/organizations/{organization}") => (
            right(platform, "write", "organization", "acme"),
            organization,
        ),
        ("post", "/v1/audit-events") => (right(acme, "append", "audit_event", "*"), of_other),
        ("get", "/v1/audit-events" | "/v1/audit-events/{id}") => {
            (right(acme, "read", "audit_event", "*"), nothing)
        }
        ("post", "/access/v1/evaluation" | "/access/v1/evaluations") => {
            (right(acme, "evaluate", "decision", "*"), question)
        }
        ("post", "/v1/access/explain") => (right(acme, "read", "role", "*"), question),
        (
            "post",
            "/access/v1/search/subject" | "/access/v1/search/resource" | "/access/v1/search/action",
        ) => (right(acme, "evaluate", "decision", "*"), question),
        (
            "get",
            "/.well-known/authzen-configuration" | "/.well-known/authzen-configuration/{path}",
        ) => (Nothing, nothing),
        ("post", "/v1/webhooks/keycloak" | "/v1/webhooks/keycloak/{provider}") => {
            (Nothing, nothing)
        }
        (
            "post",
            "/v1/webhooks/backchannel-logout" | "/v1/webhooks/backchannel-logout/{provider}",
        ) => (Nothing, nothing),
        ("post", "/v1/webhooks/ssf" | "/v1/webhooks/ssf/{transmitter}") => (Nothing, nothing),
        ("get", "/v1/webhooks/events") => (right(platform, "read", "webhook_event", "*"), nothing),
        ("post", "/v1/tokens/revoke") => (Nothing, nothing),
        ("post", "/v1/tokens/introspect") => {
            (right(acme, "introspect", "token", "*"), json!("token=a"))
        }
        ("get", "/v1/revocations") => (right(acme, "read", "revocation", "*"), nothing),
        // The kinds that only platform may cut off are tested in revocations.rs.
        ("post", "/v1/revocations") => {
            let one = json!({"session": "s"});
            (right(acme, "write", "revocation", "*"), one)
        }
        ("get", "/v1/roles") => (right(acme, "read", "role", "*"), nothing),
        ("get", "/v1/roles/{role}" | "/v1/roles/{role}/members") => {
            (right(acme, "read", "role", "viewer"), nothing)
        }
        ("put", "/v1/roles/{role}") => (
            right(acme, "write", "role", "viewer"),
            json!({"name": "Viewer"}),
        ),
        ("put", "/v1/roles/{role}/members/{user}") => {
            (right(acme, "write", "role", "viewer"), json!({}))
        }
        ("delete", "/v1/roles/{role}" | "/v1/roles/{role}/members/{user}") => {
            (right(acme, "write", "role", "viewer"), nothing)
        }
        ("get", "/v1/users/{user}/roles") => (right(acme, "read", "role", "*"), nothing),
        ("get", "/v1/users") => (right(acme, "read", "user", "*"), nothing),
        ("get", "/v1/users/{user}") => (right(acme, "read", "user", "bob"), nothing),
        ("delete", "/v1/users/{user}") => (right(acme, "erase", "user", "bob"), nothing),
        ("get", "/v1/resources") => (right(acme, "read", "resource", "*"), nothing),
        ("post", "/v1/resources") => {
            let one = json!({"resources": [{"type": "document", "id": "1"}]});
            (right(acme, "write", "resource", "document/1"), one)
        }
        ("get", "/v1/resources/{type}/{id}") => {
            (right(acme, "read", "resource", "document/1"), nothing)
        }
        ("put", "/v1/resources/{type}/{id}") => {
            (right(acme, "write", "resource", "document/1"), json!({}))
        }
        ("delete", "/v1/resources/{type}/{id}") => {
            (right(acme, "write", "resource", "document/1"), nothing)
        }
        _ => return None,
    })
}

/// Gives a user of an organization a role with only these lines.
fn give(shell: &Shell, place: In, user: &str, lines: &Value) {
    let put = |path: &str, body: &Value| {
        let mut request = shell.platform("PUT", path);
        if place == In::Acme {
            request = request.header("shell-organization", "acme");
        }
        let answer = request.json(body).send();
        assert!(matches!(answer.status, 200 | 201), "{path}: {answer:?}");
    };
    let role = json!({"name": user, "permissions": lines});
    put(&format!("/v1/roles/{user}"), &role);
    put(&format!("/v1/roles/{user}/members/{user}"), &json!({}));
}

fn line(effect: &str, action: &str, kind: &str, id: &str) -> Value {
    json!({"resource_type": kind, "resource_id": id, "action": action, "effect": effect})
}

fn ask(shell: &Shell, place: In, user: &str, method: &str, path: &str, body: &Value) -> Answer {
    let path = path
        .replace("{slug}", "drive")
        .replace("{organization}", "acme")
        .replace("{role}", "viewer")
        .replace("{user}", "bob")
        .replace("{type}/{id}", "document/1")
        .replace("{id}", "01970000-0000-7000-8000-000000000001");
    let organization = match place {
        In::Platform => "platform",
        In::Acme => "acme",
    };
    let request = shell.request(&method.to_uppercase(), &path);
    let request = request.by(organization, user);
    match body {
        Value::Null => request.send(),
        Value::String(form) => {
            let kind = "application/x-www-form-urlencoded";
            request.body(kind, form.as_str()).send()
        }
        body => request.json(body).send(),
    }
}

#[test]
fn every_operation_takes_exactly_its_right() {
    let document = serde_json::to_value(openapi::document().unwrap()).unwrap();
    let shell = Shell::start();
    let mut number = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let Some((needs, body)) = needs(method, path) else {
                panic!("which right does {method} {path} take?");
            };
            let Right(place, action, kind, id) = needs else {
                continue;
            };
            number += 1;
            let (exact, others) = (format!("exact-{number}"), format!("others-{number}"));
            give(
                &shell,
                place,
                &exact,
                &json!([line("allow", action, kind, id)]),
            );
            let but = [line("allow", "*", "*", "*"), line("deny", action, kind, id)];
            give(&shell, place, &others, &json!(but));
            let refused = ask(&shell, place, &others, method, path, &body);
            assert_eq!(refused.status, 403, "{method} {path}: {refused:?}");
            let answer = ask(&shell, place, &exact, method, path, &body);
            let status = answer.status;
            assert!(
                matches!(status, 200 | 201 | 204 | 404 | 409),
                "{method} {path}: {answer:?}"
            );
            // If an operation is platform's, no right elsewhere is enough.
            if place == In::Platform {
                give(
                    &shell,
                    In::Acme,
                    &exact,
                    &json!([line("allow", "*", "*", "*")]),
                );
                if (method.as_str(), kind) != ("get", "organization") {
                    let refused = ask(&shell, In::Acme, &exact, method, path, &body);
                    assert_eq!(refused.status, 403, "{method} {path}: {refused:?}");
                }
            }
        }
    }
}

#[test]
fn acting_for_another_organization_takes_a_right_in_platform() {
    let shell = Shell::start();
    give(
        &shell,
        In::Platform,
        "of-acme",
        &json!([line("allow", "act_for", "organization", "acme")]),
    );
    let acting = |user: &str, slug: &str| {
        let request = shell.get("/v1/apps").by("platform", user);
        request.header("shell-organization", slug).send()
    };
    acting("of-acme", "acme").expect(200);
    acting("of-acme", "globex").expect_problem(403, "forbidden");
    acting("nobody", "acme").expect_problem(403, "forbidden");
    acting("nobody", "platform").expect(200);
    // An answer cached in Redis is not a right; and a right that was revoked is refused by the next request.
    acting("svc-drive", "acme").expect(200);
    acting("nobody", "acme").expect_problem(403, "forbidden");
    let path = "/v1/roles/of-acme/members/of-acme";
    shell.platform("DELETE", path).send().expect(204);
    acting("of-acme", "acme").expect_problem(403, "forbidden");
}

#[test]
fn members_read_their_own_organization_alone() {
    let shell = Shell::start();
    let slugs = |organization: &str, user: &str| {
        let request = shell.get("/v1/organizations").by(organization, user);
        request.send().slugs()
    };
    assert_eq!(slugs("platform", "admin"), ["acme", "globex", "platform"]);
    assert_eq!(slugs("platform", "nobody"), ["platform"]);
    assert_eq!(slugs("acme", "admin"), ["acme"]);
    let read = |user: &str, named: &str| {
        let path = format!("/v1/organizations/{named}");
        shell.get(&path).by("platform", user).send()
    };
    give(
        &shell,
        In::Platform,
        "of-acme",
        &json!([line("allow", "read", "organization", "acme")]),
    );
    let acme = shell.database().organization("acme").to_string();
    for named in ["acme", &acme] {
        read("of-acme", named).expect(200);
        read("nobody", named).expect_problem(403, "forbidden");
    }
    read("of-acme", "globex").expect_problem(403, "forbidden");
    read("nobody", "platform").expect(200);
}
