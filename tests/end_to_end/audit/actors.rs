//! Which callers may name which actors in an event.

use serde_json::{Value, json};
use tests::{
    Shell,
    audit::{PATH, append, count, event, items, read, with},
};

fn by(kind: &str, id: &str) -> Value {
    with("actor", json!({"type": kind, "id": id}))
}

#[test]
fn an_end_user_is_the_actor() {
    let shell = Shell::start();
    append(&shell, &by("user", "alice")).expect(201);
    let named = json!({"type": "user", "id": "alice", "name": "Alice"});
    append(&shell, &with("actor", named.clone())).expect(201);
    let page = items(&read(&shell, "acme", "?actor=alice"));
    assert_eq!(page[0]["actor"], named);

    for other in [
        by("user", "bob"),
        by("service", "alice"),
        by("user", "Alice"),
    ] {
        let answer = append(&shell, &other).expect_problem(403, "forbidden");
        assert_eq!(answer.pointers(), ["/actor"]);
    }
    let several = json!([event(), by("user", "bob"), event(), by("job", "alice")]);
    let answer = append(&shell, &several).expect_problem(403, "forbidden");
    assert_eq!(answer.pointers(), ["/1/actor", "/3/actor"]);
    assert_eq!(count(&shell, "file.read"), 2);
}

#[test]
fn an_administrator_of_an_organization_names_anybody_there() {
    let shell = Shell::start();
    let append = |user: &str| {
        let request = shell.request("POST", PATH).by("acme", user);
        request.json(&by("user", "alice")).send()
    };
    append("bob").expect_problem(403, "forbidden");
    assert_eq!(count(&shell, "file.read"), 0);
    append("admin").expect(201);
    assert_eq!(count(&shell, "file.read"), 1);
}

#[test]
fn platform_names_anybody_for_whomever_it_acts() {
    let shell = Shell::start();
    let append = |organization: Option<&str>, body: &Value| {
        let request = shell.request("POST", PATH).by("platform", "svc-drive");
        let request = match organization {
            Some(organization) => request.header("shell-organization", organization),
            None => request,
        };
        request.json(body).send()
    };
    append(Some("acme"), &by("user", "alice")).expect(201);
    append(Some("acme"), &event()).expect(201);
    append(None, &by("job", "nightly")).expect(201);
    append(Some("initech"), &event()).expect_problem(403, "forbidden");
    let actors = |organization: &str| {
        let page = items(&read(&shell, organization, "?action=file.read"));
        let actor = |event: &Value| event["actor"]["id"].as_str().unwrap().to_owned();
        page.iter().map(actor).collect::<Vec<_>>()
    };
    assert_eq!(actors("acme"), ["svc-drive", "alice"]);
    assert_eq!(actors("platform"), ["nightly"]);
    assert_eq!(actors("globex"), [] as [&str; 0]);
}

#[test]
fn others_act_for_nobody() {
    let shell = Shell::start();
    let request = shell.request("POST", PATH).by("acme", "alice");
    let answer = request
        .header("shell-organization", "globex")
        .json(&event())
        .send();
    answer.expect_problem(403, "forbidden");
    let request = shell.request("POST", PATH).by("acme", "alice");
    let own = request
        .header("shell-organization", "acme")
        .json(&event())
        .send();
    own.expect(201);
    assert_eq!(count(&shell, "file.read"), 1);
}
