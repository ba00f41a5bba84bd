//! `/v1/resources`: the resources that an organization has stored.

use postgres::Row;
use serde_json::{Value, json};
use tests::{
    Request, Shell,
    on_behalf::acting,
    redis::{connect, run},
};

use super::listed::walk;

pub(crate) const DOCUMENT: &str = "/v1/resources/document/plan";

/// A request of platform acting for acme.
pub(crate) fn acme<'s>(shell: &'s Shell, method: &str, path: &str) -> Request<'s> {
    acting(shell, "acme", method, path)
}

/// The events of resources in an organization's trail: action, target and metadata.
pub(crate) fn trail(shell: &Shell, slug: &str) -> Vec<(String, String, Value)> {
    let query = "SELECT l.action, l.targets ->> 0, l.metadata::jsonb
        FROM shell.audit_log l JOIN shell.organizations o ON o.id = l.organization_id
        WHERE o.slug = $1::text AND l.action LIKE 'resource.%' ORDER BY l.created_at, l.id";
    let mut database = shell.database().as_superuser();
    let rows = database.query(query, &[&slug]).unwrap();
    let event = |row: &Row| (row.get(0), row.get(1), row.get(2));
    rows.iter().map(event).collect()
}

#[test]
fn the_life_of_a_resource() {
    let shell = Shell::start();
    acme(&shell, "GET", DOCUMENT)
        .send()
        .expect_problem(404, "unknown-resource");
    let put = |properties: Value| {
        let body = json!({"properties": properties});
        acme(&shell, "PUT", DOCUMENT).json(&body).send()
    };
    let created = put(json!({"status": "draft"})).expect(201);
    let expected = json!({
        "type": "document", "id": "plan", "properties": {"status": "draft"},
        "updated_at": created.json()["updated_at"],
    });
    assert_eq!(created.json(), expected);
    let read = || acme(&shell, "GET", DOCUMENT).send().expect(200);
    assert_eq!(read().json(), expected);
    assert_eq!(read().tag(), created.tag());
    let known = acme(&shell, "GET", DOCUMENT).header("if-none-match", created.tag());
    known.send().expect(304);

    let again = put(json!({"status": "draft"})).expect(200);
    assert_eq!(again.tag(), created.tag());
    assert_eq!(again.json(), expected);
    let replaced = put(json!({"status": "final", "pages": 7})).expect(200);
    assert_ne!(replaced.tag(), created.tag());
    assert_eq!(
        read().json()["properties"],
        json!({"status": "final", "pages": 7})
    );
    let emptied = acme(&shell, "PUT", DOCUMENT)
        .json(&json!({}))
        .send()
        .expect(200);
    assert_eq!(emptied.json()["properties"], json!({}));

    for _ in 0..2 {
        acme(&shell, "DELETE", DOCUMENT).send().expect(204);
        acme(&shell, "GET", DOCUMENT).send().expect(404);
    }
    assert_ne!(put(json!({})).expect(201).tag(), emptied.tag());
}

#[test]
fn numbers_keep_their_digits() {
    let shell = Shell::start();
    let put = |properties: &str| {
        let body = format!(r#"{{"properties": {properties}}}"#);
        acme(&shell, "PUT", DOCUMENT)
            .body("application/json", body)
            .send()
    };
    let kept = r#"{"n": [12345678901234567890123, -18446744073709551617, 1.50, 0.1]}"#;
    let tag = put(kept).expect(201).tag();
    let shown = acme(&shell, "GET", DOCUMENT).send().body;
    assert!(shown.contains(kept), "{shown}");
    assert_eq!(put(kept).expect(200).tag(), tag);
    assert_ne!(put(&kept.replace("1.50", "1.5")).expect(200).tag(), tag);
}

#[test]
fn whatever_a_resource_is_called() {
    let shell = Shell::start();
    for (path, kind, id) in [
        ("file/a%2Fb%2F..%2Fc", "file", "a/b/../c"),
        ("file/100%25", "file", "100%"),
        ("file/%2525", "file", "%25"),
        ("a%20type/an%20id+%26%3F%23", "a type", "an id+&?#"),
        ("d%C3%BC/%E6%96%87%E4%BB%B6%F0%9F%98%80", "dü", "文件😀"),
        ("a%2Fb/c", "a/b", "c"),
        ("a/b%2Fc", "a", "b/c"),
        ("file/**", "file", "**"),
        ("file/%5C%22", "file", "\\\""),
        ("file/%2E%2E", "file", ".."),
    ] {
        let path = format!("/v1/resources/{path}");
        let properties = json!({"path": path});
        let body = json!({"properties": properties});
        let created = acme(&shell, "PUT", &path).json(&body).send().expect(201);
        let read = acme(&shell, "GET", &path).send().expect(200).json();
        assert_eq!(read, created.json());
        assert_eq!(
            [&read["type"], &read["id"], &read["properties"]],
            [&json!(kind), &json!(id), &properties]
        );
        acme(&shell, "DELETE", &path).send().expect(204);
    }
    let longest = format!(
        "/v1/resources/{}/{}",
        "%C3%A9".repeat(100),
        "%C3%A9".repeat(255)
    );
    acme(&shell, "PUT", &longest)
        .json(&json!({}))
        .send()
        .expect(201);
    // Longer ids of targets are cut off in the trail.
    let trail = acme(
        &shell,
        "GET",
        "/v1/audit-events?action=resource.created&limit=1",
    )
    .send();
    let event = &trail.expect(200).json()["items"][0];
    let target = event["targets"][0]["id"].as_str().unwrap();
    assert_eq!(target.chars().count(), 255);
    assert_eq!(event["metadata"]["id"], "é".repeat(255));
}

#[test]
fn every_change_is_in_the_trail_of_its_organization() {
    let shell = Shell::start();
    let put = |slug: &str, properties: Value| {
        let body = json!({"properties": properties});
        let request = acting(&shell, slug, "PUT", DOCUMENT).header("x-request-id", "r7");
        request.json(&body).send();
    };
    put("acme", json!({"a": 1, "b": {"c": "secret"}}));
    put("acme", json!({"a": 1, "b": {"c": "secret"}}));
    put("acme", json!({"a": 1.0, "d": null}));
    put("globex", json!({}));
    for _ in 0..2 {
        acme(&shell, "DELETE", DOCUMENT).send().expect(204);
    }
    let seen: Vec<_> = trail(&shell, "acme")
        .into_iter()
        .map(|(action, _, metadata)| (action, metadata["changed"].clone()))
        .collect();
    let expected = [
        ("resource.created", json!(["a", "b"])),
        ("resource.replaced", json!(["a", "b", "d"])),
        ("resource.deleted", json!(null)),
    ];
    assert_eq!(
        seen,
        expected.map(|(action, changed)| (action.to_owned(), changed))
    );
    assert_eq!(trail(&shell, "globex").len(), 1);
    let found = acme(&shell, "GET", "/v1/audit-events?target=document/plan").send();
    let found = found.expect(200).json();
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert_eq!(items[2]["actor"]["id"], "admin");
    assert_eq!(items[2]["context"]["request_id"], "r7");
    assert!(!found.to_string().contains("secret"));
}

#[test]
fn redis_is_told_of_what_is_named_and_of_types_that_begin_or_end() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let id = shell.database().organization("acme");
    let mut told = |pattern: &str| -> Vec<String> {
        let mut keys: Vec<String> = run(&mut redis, &["KEYS", pattern]);
        keys.sort();
        if !keys.is_empty() {
            let delete: Vec<_> = std::iter::once("DEL")
                .chain(keys.iter().map(String::as_str))
                .collect();
            run::<i64>(&mut redis, &delete);
        }
        keys
    };
    let both = |name: &str| {
        let mut keys =
            ["acme".to_owned(), id.to_string()].map(|tenant| format!("resource:{tenant}:{name}"));
        keys.sort();
        keys
    };
    // The organization has other documents stored already.
    let body = json!({"properties": {"a": 1}});
    for _ in 0..2 {
        acme(&shell, "PUT", DOCUMENT).json(&body).send();
        assert_eq!(told("resource:*"), both("8:document:plan"));
        assert_eq!(told("access:*:acme"), [""; 0]);
    }
    // A retry for the first resource of a type: the first attempt may not have reached Redis.
    let file = json!({"resources": [{"type": "file", "id": "1"}]});
    for _ in 0..2 {
        acme(&shell, "POST", "/v1/resources")
            .json(&file)
            .send()
            .expect(200);
        assert_eq!(told("resource:*"), both("4:file:1"));
        assert!(!told("access:*:acme").is_empty());
    }
    for _ in 0..2 {
        acme(&shell, "DELETE", "/v1/resources/file/1")
            .send()
            .expect(204);
        assert_eq!(told("resource:*"), both("4:file:1"));
        assert!(!told("access:*:acme").is_empty());
    }
    assert_eq!(told("policy:acme:*"), [""; 0]);
}

#[test]
fn who_acts_for_one_organization_sees_and_changes_no_other() {
    let shell = Shell::start();
    let globex = || walk(&shell, "globex", "limit=10");
    let before = globex();
    assert_eq!(before, ["document roadmap"]);
    let roadmap = "/v1/resources/document/roadmap";
    acme(&shell, "GET", roadmap).send().expect(404);
    acme(&shell, "DELETE", roadmap).send().expect(204);
    acme(&shell, "PUT", roadmap)
        .json(&json!({"properties": {"of": "acme"}}))
        .send()
        .expect(201);
    let body = json!({"resources": [{"type": "document", "id": "roadmap"}]});
    acme(&shell, "POST", "/v1/resources")
        .json(&body)
        .send()
        .expect(200);
    acme(&shell, "DELETE", roadmap).send().expect(204);
    assert_eq!(globex(), before);
    let read = acting(&shell, "globex", "GET", roadmap).send().expect(200);
    assert_eq!(read.json()["properties"]["owner"], "carol");
    // A cursor continues at its place, in any organization.
    let page = acme(&shell, "GET", "/v1/resources?limit=1").send().json();
    let path = format!(
        "/v1/resources?cursor={}",
        page["next_cursor"].as_str().unwrap()
    );
    let page = acting(&shell, "globex", "GET", &path)
        .send()
        .expect(200)
        .json();
    assert_eq!(page["items"][0]["id"], "roadmap");
}
