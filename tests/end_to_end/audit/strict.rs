//! Unknown fields and parameters, and duplicate names, are refused.

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    audit::{PATH, append, count, event, items, read, with},
    issuers::trusting_two,
};

fn send(shell: &Shell, body: &str) -> Answer {
    let request = shell.request("POST", PATH).by("acme", "alice");
    request.body("application/json", body).send()
}

#[test]
fn an_unknown_query_parameter() {
    let shell = Shell::start();
    let recorded = append(&shell, &event()).expect(201).json();
    for query in [
        "actor_id=bob",
        "since=2026-01-31T12:00:00Z",
        "Actor=bob",
        "actor=alice&actor_id=bob",
        "=",
    ] {
        let answer = read(&shell, "acme", &format!("?{query}"));
        let answer = answer.expect_problem(400, "invalid-query");
        let name = query.rsplit('&').next().unwrap().split('=').next().unwrap();
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(&format!("`{name}`")), "{detail}");
    }
    let one = format!("/{}", recorded["id"].as_str().unwrap());
    read(&shell, "acme", &format!("{one}?")).expect(200);
    let answer = read(&shell, "acme", &format!("{one}?fields=id"));
    answer.expect_problem(400, "invalid-query");
    // A refused query is not a read, and tells callers without the right nothing else.
    assert_eq!(count(&shell, "audit_event.read"), 1);
    let request = shell
        .get(&format!("{PATH}?actor_id=bob"))
        .by("acme", "nobody");
    request.send().expect_problem(403, "forbidden");
}

#[test]
fn a_query_parameter_that_is_sent_twice() {
    let shell = Shell::start();
    for query in [
        "actor=alice&actor=bob",
        "limit=1&limit=1",
        "order=asc&order=desc",
        "actor=alice&%61ctor=bob",
    ] {
        let answer = read(&shell, "acme", &format!("?{query}"));
        let answer = answer.expect_problem(400, "invalid-query");
        let name = query.split('=').next().unwrap();
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(&format!("`{name}`")), "{detail}");
    }
}

#[test]
fn an_unknown_field() {
    let shell = Shell::start();
    let mut bad = with("actr", json!({"type": "user", "id": "bob"}));
    bad["actor"] = json!({"type": "user", "id": "alice", "email": "a@acme.example"});
    bad["targets"] = json!([{"type": "file", "id": "7", "names": ["Plan"]}]);
    bad["context"] = json!({"ip": "192.0.2.1", "useragent": null});
    let expected = [
        "/actr",
        "/actor/email",
        "/targets/0/names",
        "/context/useragent",
    ];
    let answer = append(&shell, &bad).expect_problem(422, "invalid-fields");
    let mut pointers = answer.pointers();
    pointers.sort_unstable();
    let mut sorted = expected;
    sorted.sort_unstable();
    assert_eq!(pointers, sorted);
    let answer = append(&shell, &json!([event(), bad])).expect_problem(422, "invalid-fields");
    assert!(answer.pointers().contains(&"/1/actr".to_owned()));
    assert_eq!(count(&shell, "file.read"), 0);
}

#[test]
fn a_name_that_stands_twice_in_an_object() {
    let shell = Shell::start();
    for (more, pointer) in [
        (r#""outcome":"success""#, "/outcome"),
        (
            r#""action":"file.read","\u0061ction":"file.read""#,
            "/action",
        ),
        (
            r#""actor":{"type":"user","id":"bob","id":"alice"}"#,
            "/actor/id",
        ),
        (
            r#""targets":[{"type":"file","id":"7","id":"8"}]"#,
            "/targets/0/id",
        ),
        (
            r#""context":{"request_id":"a","request_id":"b"}"#,
            "/context/request_id",
        ),
        (r#""metadata":{"a":1,"b":{"c":1,"c":1}}"#, "/metadata/b/c"),
        (r#""metadata":{"a":1,"\u0061":2}"#, "/metadata/a"),
    ] {
        let body = format!(r#"{{"outcome":"success","action":"file.read",{more}}}"#);
        let answer = send(&shell, &body).expect_problem(422, "invalid-fields");
        assert!(
            answer.pointers().iter().all(|found| found == pointer),
            "{}",
            answer.body
        );
    }
    assert_eq!(count(&shell, "file.read"), 0);
}

#[test]
fn a_stack_trace_is_kept_as_it_is() {
    let shell = Shell::start();
    let trace = "Error: no\n\tat f (a.js:1:2)\r\n\tat \"g\" (b\\c.js)\n";
    let metadata = json!({"stack": trace, "diff": "--- a\n+++ b\n"});
    append(&shell, &with("metadata", metadata.clone())).expect(201);
    let found = items(&read(&shell, "acme", "?action=file.read"));
    assert_eq!(found[0]["metadata"], metadata);
    for other in [
        "\u{0}", "\u{8}", "\u{c}", "\u{1b}", "\u{1f}", "\u{7f}", "\u{85}",
    ] {
        let answer = append(&shell, &with("metadata", json!({"stack": other})));
        let answer = answer.expect_problem(422, "invalid-fields");
        assert_eq!(answer.pointers(), ["/metadata/stack"]);
    }
    // A line break in a name is more likely an attempt to forge a line in a log.
    for (field, value) in [
        ("action", json!("file.read\n")),
        ("actor", json!({"type": "user", "id": "alice\n"})),
        ("context", json!({"user_agent": "curl\n"})),
    ] {
        append(&shell, &with(field, value)).expect_problem(422, "invalid-fields");
    }
}

#[test]
fn the_shell_names_the_callers_provider() {
    let shell = Shell::start();
    let recorded = append(&shell, &event()).expect(201).json();
    read(
        &shell,
        "acme",
        &format!("/{}", recorded["id"].as_str().unwrap()),
    )
    .expect(200);
    let provider = |action: &str| -> Vec<Value> {
        let found = items(&read(&shell, "acme", &format!("?action={action}")));
        let actor = |event: &Value| event["actor"]["identity_provider"].clone();
        found.iter().map(actor).collect()
    };
    assert!(provider("audit_event.read").contains(&json!("default")));
    assert!(!provider("audit_event.read").contains(&Value::Null));
    // A satellite states the actor's provider itself.
    assert_eq!(provider("file.read"), [Value::Null]);
}

#[test]
fn the_same_subject_of_two_providers_is_two_actors() {
    let (first, second, shell) = trusting_two();
    for (issuer, organization, version) in [(&first, "platform", 1), (&second, "globex", 2)] {
        let token = issuer.token(&shell, organization, "admin");
        let globex = |method: &str, path: &str| {
            let request = shell.request(method, path).bearing(&token);
            request.header("shell-organization", "globex")
        };
        let put = globex("PUT", "/v1/resources/document/plan");
        let put = put.json(&json!({"properties": {"version": version}}));
        assert!(put.send().status < 300);
        globex("GET", PATH).send().expect(200);
    }
    let query = "SELECT l.action, l.actor_id, l.actor_identity_provider
        FROM shell.audit_log l JOIN shell.organizations o ON o.id = l.organization_id
        WHERE o.slug = 'globex' AND l.actor_type = 'user' ORDER BY l.created_at";
    let rows = shell.database().as_superuser().query(query, &[]).unwrap();
    let actors: Vec<(String, String, Option<String>)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    let of = |action: &str, provider: &str| {
        (
            action.to_owned(),
            "admin".to_owned(),
            Some(provider.to_owned()),
        )
    };
    assert_eq!(
        actors,
        [
            of("resource.created", "default"),
            of("audit_event.read", "default"),
            of("resource.replaced", "other"),
            of("audit_event.read", "other"),
        ]
    );
}
