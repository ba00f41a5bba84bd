//! Bodies and the searches that they request, in tables.

use serde_json::{Value, json};

use super::*;

fn body(entities: &[&str]) -> Value {
    let mut body = json!({});
    for name in entities {
        body[name] = match *name {
            "subject" => json!({"type": "user", "id": "alice"}),
            "action" => json!({"name": "read"}),
            _ => json!({"type": "doc", "id": "1"}),
        };
    }
    body
}

fn check(sought: Sought, body: &Value, pointers: &[&str]) {
    let body = body.to_string();
    let read = Asked::read(&body, sought);
    if pointers.is_empty() {
        assert!(read.is_ok(), "{sought:?} {body}");
        return;
    }
    let document = serde_json::to_value(read.unwrap_err()).unwrap();
    assert_eq!(document["status"], 400);
    assert_eq!(document["type"], "urn:shell:problem:invalid-search");
    let errors = document["errors"].as_array().unwrap().iter();
    let found: Vec<_> = errors
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(found, pointers, "{sought:?} {body}");
}

use Sought::{Actions, Resources, Subjects};

#[test]
fn what_is_missing_is_named() {
    for sought in [Subjects, Resources] {
        check(sought, &body(&["subject", "action", "resource"]), &[]);
        check(sought, &body(&["action", "resource"]), &["/subject"]);
        check(sought, &body(&["subject", "resource"]), &["/action"]);
        check(sought, &body(&["subject", "action"]), &["/resource"]);
        check(sought, &json!([]), &[""]);
    }
    check(Actions, &body(&["subject", "resource"]), &[]);
    check(Actions, &body(&["action"]), &["/subject", "/resource"]);
}

#[test]
fn what_names_the_sought_entity_is_not_looked_at() {
    let with = |name: &str, value: Value| {
        let mut body = body(&["subject", "action", "resource"]);
        body[name] = value;
        body
    };
    let of_any = || json!({"type": "user", "id": 7});
    check(Subjects, &with("subject", of_any()), &[]);
    check(Resources, &with("resource", of_any()), &[]);
    check(Resources, &with("subject", of_any()), &["/subject/id"]);
    check(Subjects, &with("resource", of_any()), &["/resource/id"]);
    check(Actions, &with("subject", of_any()), &["/subject/id"]);
    check(Actions, &with("action", json!(7)), &[]);
    check(
        Subjects,
        &with("subject", json!({"id": "alice"})),
        &["/subject/type"],
    );
    check(Subjects, &with("action", json!({})), &["/action/name"]);
    let long: Vec<_> = (0..1_001).collect();
    check(Subjects, &with("context", json!({"list": long})), &[""]);
    check(Subjects, &with("context", json!(null)), &["/context"]);
    check(
        Subjects,
        &with("page", json!({"limit": -1})),
        &["/page/limit"],
    );
}

#[test]
fn the_question_has_the_name_in_the_open_place() {
    let body = body(&["subject", "action", "resource"]).to_string();
    let named = |sought| {
        let asked = Asked::read(&body, sought).unwrap();
        let question = asked.question("x", AskedBy::Service);
        [
            question.subject_id,
            question.action_name,
            question.resource_id,
        ]
        .map(str::to_owned)
    };
    assert_eq!(named(Subjects), ["x", "read", "1"]);
    assert_eq!(named(Resources), ["alice", "read", "x"]);
    assert_eq!(named(Actions), ["alice", "x", "1"]);
}

#[test]
fn lines_that_may_allow_something() {
    let body = body(&["subject", "action", "resource"]).to_string();
    let may = |sought, [kind, id, action]: [&str; 3], effect| {
        let asked = Asked::read(&body, sought).unwrap();
        asked.may_be_allowed_by(&Line {
            role: "r",
            resource_type: kind,
            id,
            action,
            effect,
            condition: Some("false"),
        })
    };
    for (line, resources, actions) in [
        (["doc", "1", "read"], true, true),
        (["*", "*", "*"], true, true),
        (["doc", "2", "read"], true, false),
        (["doc", "1", "write"], false, true),
        (["file", "1", "read"], false, false),
    ] {
        assert_eq!(may(Resources, line, Effect::Allow), resources, "{line:?}");
        assert_eq!(may(Actions, line, Effect::Allow), actions, "{line:?}");
        assert!(!may(Resources, line, Effect::Deny), "{line:?}");
    }
}

#[test]
fn it_is_about_the_user_whose_rights_are_looked_up() {
    let user = |sought, kind: &str| {
        let mut body = body(&["subject", "action", "resource"]);
        body["subject"]["type"] = json!(kind);
        let body = body.to_string();
        Asked::read(&body, sought)
            .unwrap()
            .user()
            .map(str::to_owned)
    };
    assert_eq!(user(Resources, "user").as_deref(), Some("alice"));
    assert_eq!(user(Actions, "user").as_deref(), Some("alice"));
    assert_eq!(user(Actions, "group"), None);
    assert_eq!(user(Subjects, "user"), None);
}
