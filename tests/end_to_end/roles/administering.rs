//! `/v1/roles`: an organization's own roles and the global ones, by platform acting for it.

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    audit::trail,
    decisions::check,
    on_behalf::{acting, delete, get},
};

pub fn put(shell: &Shell, organization: &str, role: &str, content: &Value) -> Answer {
    let request = acting(shell, organization, "PUT", &format!("/v1/roles/{role}"));
    request.json(content).send()
}

pub fn line(action: &str) -> Value {
    json!({"resource_type": "document", "resource_id": "*", "action": action, "effect": "allow",
        "condition": null})
}

pub fn auditor() -> Value {
    json!({
        "name": "Auditor", "description": "Reads\nand signs", "inherits": ["viewer", "admin"],
        "groups": ["/staff", "organization:/Sales people"], "permissions": [line("sign"), line("check")],
    })
}

#[test]
fn own_roles_and_global_ones_are_listed() {
    let shell = Shell::start();
    for (organization, slugs) in [
        ("acme", ["admin", "editor", "viewer"]),
        ("globex", ["admin", "editor", "viewer"]),
        ("platform", ["admin", "platform-admin", "satellite"]),
    ] {
        let list = get(&shell, organization, "/v1/roles");
        assert_eq!(list.slugs(), slugs);
        let items = list.json()["items"].clone();
        let global: Vec<_> = (0..3).map(|index| &items[index]["is_global"]).collect();
        assert_eq!(global, [true, false, false]);
        assert_eq!(items[0].get("permissions"), None);
        let known = acting(&shell, organization, "GET", "/v1/roles");
        known.header("if-none-match", list.tag()).send().expect(304);
    }
    let mut walked = Vec::new();
    let mut path = "/v1/roles?limit=1".to_owned();
    loop {
        let page = get(&shell, "acme", &path);
        walked.extend(page.slugs());
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/roles?limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(walked, ["admin", "editor", "viewer"]);
    for query in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "cursor=%25",
        "cursor=QQ",
    ] {
        let answer = get(&shell, "acme", &format!("/v1/roles?{query}"));
        answer.expect_problem(400, "invalid-query");
    }
}

#[test]
fn a_role_has_every_field() {
    let shell = Shell::start();
    let editor = get(&shell, "acme", "/v1/roles/editor").expect(200);
    let mut document = editor.json();
    assert!(document["updated_at"].as_str().unwrap().ends_with('Z'));
    document["updated_at"] = json!(null);
    let with = |action: &str, effect: &str, condition: &str| {
        let mut line = line(action);
        (line["effect"], line["condition"]) = (json!(effect), json!(condition));
        line
    };
    let archived = "has(resource.properties.status) && resource.properties.status == \"archived\"";
    let own = "has(resource.properties.owner) && resource.properties.owner == subject.id";
    assert_eq!(
        document,
        json!({
            "slug": "editor", "name": "Editor", "description": "Reads and writes documents",
            "inherits": ["viewer"], "groups": [], "is_global": false, "updated_at": null,
            "permissions": [with("delete", "allow", own), line("write"), with("write", "deny", archived)],
        })
    );
    let known = acting(&shell, "acme", "GET", "/v1/roles/editor");
    let known = known.header("if-none-match", editor.tag());
    known.send().expect(304);
    let admin = get(&shell, "acme", "/v1/roles/admin").expect(200).json();
    assert_eq!(admin["is_global"], true);
    assert_eq!(admin["permissions"][0]["resource_type"], "*");
    for unknown in ["auditor", "Not%20one", "%00", "satellite"] {
        let answer = get(&shell, "acme", &format!("/v1/roles/{unknown}"));
        answer.expect_problem(404, "unknown-role");
    }
}

#[test]
fn creating_replacing_repeating_and_deleting() {
    let shell = Shell::start();
    let created = put(&shell, "acme", "auditor", &auditor()).expect(201);
    let document = created.json();
    assert_eq!(document["slug"], "auditor");
    assert_eq!(document["description"], "Reads\nand signs");
    assert_eq!(document["inherits"], json!(["admin", "viewer"]));
    assert_eq!(document["groups"], auditor()["groups"]);
    assert_eq!(
        document["permissions"],
        json!([line("check"), line("sign")])
    );
    let read = get(&shell, "acme", "/v1/roles/auditor").expect(200);
    assert_eq!((read.json(), read.tag()), (document.clone(), created.tag()));
    // The role as it was sent, and as it was answered.
    for same in [auditor(), document] {
        let repeated = put(&shell, "acme", "auditor", &same).expect(200);
        assert_eq!(
            (&repeated.body, repeated.tag()),
            (&created.body, created.tag())
        );
    }

    let replaced = put(&shell, "acme", "auditor", &json!({"name": "A"})).expect(200);
    assert_ne!(replaced.tag(), created.tag());
    for field in ["inherits", "groups", "permissions"] {
        assert_eq!(replaced.json()[field], json!([]), "{field}");
    }
    assert_eq!(replaced.json()["description"], "");

    for _ in ["done", "repeated"] {
        let deleted = delete(&shell, "acme", "/v1/roles/auditor").expect(204);
        assert_eq!(deleted.body, "");
    }
    get(&shell, "acme", "/v1/roles/auditor").expect(404);
    delete(&shell, "acme", "/v1/roles/Not%20one").expect(204);
    let again = put(&shell, "acme", "auditor", &auditor()).expect(201);
    assert_ne!(again.tag(), created.tag());
}

#[test]
fn conditions_name_the_version() {
    let shell = Shell::start();
    let path = "/v1/roles/auditor";
    let put_if = |header: &str, tag: &str, content: &Value| {
        let request = acting(&shell, "acme", "PUT", path).header(header, tag);
        request.json(content).send()
    };
    let other = json!({"name": "Other"});
    put_if("if-match", "*", &auditor()).expect_problem(412, "precondition-failed");
    let created = put_if("if-none-match", "*", &auditor()).expect(201);
    put_if("if-none-match", "*", &auditor()).expect_problem(412, "precondition-failed");
    let replaced = put_if("if-match", &created.tag(), &other).expect(200);
    put_if("if-match", &created.tag(), &auditor()).expect_problem(412, "precondition-failed");
    put_if("if-match", &created.tag(), &other).expect(200);
    let delete_if = |tag: &str| {
        let request = acting(&shell, "acme", "DELETE", path);
        request.header("if-match", tag).send()
    };
    delete_if(&created.tag()).expect_problem(412, "precondition-failed");
    delete_if(&replaced.tag()).expect(204);
    delete_if(&replaced.tag()).expect(204);
}

#[test]
fn every_invalid_field_is_reported_at_once() {
    let shell = Shell::start();
    let mut lines = vec![line("read"); 2];
    lines.push(
        json!({"resource_type": "*", "resource_id": "1", "action": "", "effect": "maybe",
        "condition": 1}),
    );
    lines.push(
        json!({"resource_type": "a\0", "resource_id": "*", "action": "read", "effect": "deny",
        "condition": "subject.id =="}),
    );
    let body = json!({"description": 1, "inherits": ["No", "viewer"], "groups": [" "], "permissions": lines});
    let answer = put(&shell, "acme", "No", &body).expect_problem(422, "invalid-fields");
    let expected = [
        "/slug",
        "/name",
        "/description",
        "/inherits/0",
        "/groups/0",
        "/permissions/2/resource_id",
        "/permissions/2/action",
        "/permissions/2/effect",
        "/permissions/2/condition",
        "/permissions/3/resource_type",
        "/permissions/3/condition",
    ];
    assert_eq!(answer.pointers(), expected);
    let twice = json!({"name": "A", "permissions": [line("read"), line("read")]});
    let answer = put(&shell, "acme", "auditor", &twice).expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), ["/permissions/1"]);
    let request = acting(&shell, "acme", "PUT", "/v1/roles/auditor");
    let answer = request.body("application/json", "{").send();
    answer.expect_problem(400, "invalid-json");
    get(&shell, "acme", "/v1/roles/auditor").expect(404);
}

#[test]
fn a_thousand_lines_with_conditions() {
    let shell = Shell::start();
    let lines: Vec<_> = (0..1_000)
        .map(|number| {
            let mut line = line("read");
            line["condition"] = json!(format!("{number} == resource.properties.number"));
            line
        })
        .collect();
    let body = json!({"name": "Many", "permissions": lines});
    let created = put(&shell, "acme", "many-lines", &body).expect(201);
    assert_eq!(
        created.json()["permissions"].as_array().unwrap().len(),
        1_000
    );
    let repeated = put(&shell, "acme", "many-lines", &created.json()).expect(200);
    assert_eq!(repeated.tag(), created.tag());
}

#[test]
fn what_a_role_permits_counts_from_the_next_decision_on() {
    let shell = Shell::start();
    check(&shell, "bob", "read", true);
    check(&shell, "alice", "read", true);
    let viewer = get(&shell, "acme", "/v1/roles/viewer").json();
    put(&shell, "acme", "viewer", &json!({"name": "Viewer"})).expect(200);
    check(&shell, "bob", "read", false);
    check(&shell, "alice", "read", false);
    check(&shell, "alice", "write", true);
    put(&shell, "acme", "viewer", &viewer).expect(200);
    check(&shell, "bob", "read", true);
    let editor = get(&shell, "acme", "/v1/roles/editor").json();
    let mut alone = editor.clone();
    alone["inherits"] = json!([]);
    put(&shell, "acme", "editor", &alone).expect(200);
    check(&shell, "alice", "read", false);
    put(&shell, "acme", "editor", &editor).expect(200);
    check(&shell, "alice", "read", true);
}

#[test]
fn every_change_is_in_the_trail() {
    let shell = Shell::start();
    let path = "/v1/roles/auditor";
    let change = |request: &str, method: &str, content: Option<Value>| {
        let sent = acting(&shell, "acme", method, path).header("x-request-id", request);
        let sent = match content {
            Some(content) => sent.json(&content),
            None => sent,
        };
        sent.send().status
    };
    let mut renamed = auditor();
    renamed["name"] = json!("Inspector");
    renamed["permissions"] = json!([line("sign")]);
    assert_eq!(change("r1", "PUT", Some(auditor())), 201);
    assert_eq!(change("r2", "PUT", Some(auditor())), 200);
    assert_eq!(change("r3", "PUT", Some(renamed)), 200);
    assert_eq!(change("r4", "PUT", Some(json!({"name": ""}))), 422);
    assert_eq!(change("r5", "DELETE", None), 204);
    assert_eq!(change("r6", "DELETE", None), 204);
    let all = json!({"changed": ["description", "groups", "inherits", "name", "permissions"]});
    assert_eq!(
        trail(&shell, "role."),
        [
            (
                "acme role.created r1 admin".to_owned(),
                json!(["auditor"]),
                all
            ),
            (
                "acme role.replaced r3 admin".to_owned(),
                json!(["auditor"]),
                json!({"changed": ["name", "permissions"]})
            ),
            (
                "acme role.deleted r5 admin".to_owned(),
                json!(["auditor"]),
                json!({"members": 0})
            ),
        ]
    );
}
