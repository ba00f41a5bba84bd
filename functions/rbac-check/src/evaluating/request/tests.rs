//! Bodies and the evaluations that they request, in tables.

use serde_json::{Value, json};

use super::*;

fn evaluation() -> Value {
    json!({
        "subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
        "resource": {"type": "doc", "id": "1"},
    })
}

fn with(field: &str, value: Value) -> String {
    let mut body = evaluation();
    body[field] = value;
    body.to_string()
}

/// The status, the type of the problem and the pointers.
fn refusal(read: Result<Asked<'_>, Problem>) -> (u64, String, Vec<String>) {
    let document = serde_json::to_value(read.unwrap_err()).unwrap();
    let errors = document["errors"].as_array().cloned().unwrap_or_default();
    let pointer = |error: &Value| error["pointer"].as_str().unwrap().to_owned();
    let kind = document["type"].as_str().unwrap();
    (
        document["status"].as_u64().unwrap(),
        kind.rsplit(':').next().unwrap().to_owned(),
        errors.iter().map(pointer).collect(),
    )
}

fn check_unfit(body: &str, pointers: &[&str]) {
    for read in [Asked::one, Asked::several] {
        let (status, kind, found) = refusal(read(body));
        assert_eq!(
            (status, kind.as_str()),
            (400, "invalid-evaluation"),
            "{body}"
        );
        assert_eq!(found, pointers, "{body}");
    }
    let (status, kind, found) = refusal(Asked::to_explain(body));
    assert_eq!((status, kind.as_str()), (422, "invalid-fields"), "{body}");
    assert_eq!(found, pointers, "{body}");
}

fn check_unfit_several(body: &str, pointers: &[&str]) {
    let (status, kind, found) = refusal(Asked::several(body));
    assert_eq!(
        (status, kind.as_str()),
        (400, "invalid-evaluation"),
        "{body}"
    );
    assert_eq!(found, pointers, "{body}");
}

#[test]
fn one_evaluation() {
    let body = with("evaluations", json!(1));
    let asked = Asked::one(&body).unwrap();
    assert_eq!(asked.form, Form::One);
    assert_eq!(asked.evaluations().count(), 1);
    assert!(asked.subjects().all(|subject| subject.is_user("alice")));
}

#[test]
fn without_evaluations_it_is_one() {
    for body in [evaluation().to_string(), with("evaluations", json!([]))] {
        assert_eq!(Asked::several(&body).unwrap().form, Form::One);
    }
    check_unfit_several(
        r#"{"evaluations":[]}"#,
        &["/subject", "/action", "/resource"],
    );
}

#[test]
fn missing_and_mistyped_fields() {
    for missing in ["subject", "action", "resource"] {
        let mut body = evaluation();
        body.as_object_mut().unwrap().remove(missing);
        check_unfit(&body.to_string(), &[&format!("/{missing}")]);
    }
    for (field, value, pointers) in [
        ("subject", json!({"id": "alice"}), &["/subject/type"][..]),
        ("subject", json!({"type": "user"}), &["/subject/id"]),
        ("action", json!({"name": 123}), &["/action/name"]),
        ("resource", json!({}), &["/resource/type", "/resource/id"]),
        ("subject", json!("alice"), &["/subject"]),
        ("context", json!(null), &["/context"]),
        ("context", json!("now"), &["/context"]),
    ] {
        check_unfit(&with(field, value), pointers);
    }
    for other in ["[]", "1", "null", "\"text\""] {
        check_unfit(other, &[""]);
    }
    let long: Vec<_> = (0..1_001).collect();
    check_unfit(&with("context", json!({"list": long})), &[""]);
}

#[test]
fn what_is_no_clear_json() {
    let alice = r#"{"subject":{"type":"user","id":"alice"},"#;
    let rest = r#""action":{"name":"read"},"resource":{"type":"doc","id":"1"}}"#;
    for (body, expected) in [
        (String::new(), "invalid-json"),
        ("{".to_owned(), "invalid-json"),
        (format!(r#"{alice}"subject":{{}},{rest}"#), "unclear-json"),
        (
            format!(r#"{alice}"context":{{"a":1,"\u0061":2}},{rest}"#),
            "unclear-json",
        ),
        (format!(r#"{alice}"more":"\ud800",{rest}"#), "unclear-json"),
        (format!(r#"{alice}"more":[1e400],{rest}"#), "unclear-json"),
        (
            format!(r#"{alice}"evaluations":[{{"x":1,"x":1}}],{rest}"#),
            "unclear-json",
        ),
    ] {
        for read in [Asked::one, Asked::several] {
            let (status, kind, _) = refusal(read(&body));
            assert_eq!((status, kind.as_str()), (400, expected), "{body}");
        }
    }
}

#[test]
fn semantics() {
    let read = |options: Value| {
        let mut body = evaluation();
        body["options"] = options;
        body["evaluations"] = json!([{}]);
        Asked::several(&body.to_string())
            .map(|asked| asked.form)
            .ok()
    };
    let named = |name: &str| read(json!({"evaluations_semantic": name}));
    assert_eq!(
        read(json!({"else": 1})),
        Some(Form::Several(Semantic::ExecuteAll))
    );
    for (name, semantic) in [
        ("execute_all", Semantic::ExecuteAll),
        ("deny_on_first_deny", Semantic::DenyOnFirstDeny),
        ("permit_on_first_permit", Semantic::PermitOnFirstPermit),
    ] {
        assert_eq!(named(name), Some(Form::Several(semantic)));
    }
    let pointer = "/options/evaluations_semantic";
    for unknown in [json!("EXECUTE_ALL"), json!(null), json!(1)] {
        let options = with("options", json!({"evaluations_semantic": unknown}));
        check_unfit_several(&options, &[pointer]);
    }
    check_unfit_several(&with("options", json!([])), &["/options"]);
}

#[test]
fn a_faulty_item_is_at_fault_alone() {
    let faulty = [
        (json!({"subject": {"type": "user"}}), vec!["/subject/id"]),
        (
            json!({"context": 1, "action": {}}),
            vec!["/action/name", "/context"],
        ),
        (json!(1), vec![""]),
        (json!(null), vec![""]),
    ];
    let mut items: Vec<_> = faulty.iter().map(|(item, _)| item.clone()).collect();
    items.push(json!({}));
    let body = with("evaluations", json!(items));
    let asked = Asked::several(&body).unwrap();
    let read: Vec<_> = asked.evaluations().collect();
    for (read, (item, expected)) in read.iter().zip(&faulty) {
        let found = read
            .as_ref()
            .unwrap_err()
            .iter()
            .map(|fault| fault.pointer.as_str());
        assert_eq!(found.collect::<Vec<_>>(), *expected, "{item}");
    }
    assert!(read.last().unwrap().is_ok());
    assert_eq!(asked.subjects().count(), 1);
}

#[test]
fn what_is_missing_of_an_item_without_a_default() {
    let body = json!({"action": {"name": "read"}, "evaluations": [{}]}).to_string();
    let asked = Asked::several(&body).unwrap();
    let faults = asked.evaluations().next().unwrap().unwrap_err();
    let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/subject", "/resource"]);
}

#[test]
fn defaults_must_fit_whether_or_not_they_are_used() {
    let body = json!({"subject": {"type": "user"}, "evaluations": [evaluation()]});
    check_unfit_several(&body.to_string(), &["/subject/id"]);
}

#[test]
fn a_thousand_and_no_more() {
    let body = |count: usize| with("evaluations", json!(vec![json!({}); count]));
    let thousand = body(MOST);
    assert_eq!(
        Asked::several(&thousand).unwrap().evaluations().count(),
        MOST
    );
    check_unfit_several(&body(MOST + 1), &["/evaluations"]);
    for other in [json!({}), json!(null), json!("all")] {
        check_unfit_several(&with("evaluations", other), &["/evaluations"]);
    }
}

#[test]
fn it_is_sent_as_json() {
    let check = |sent: &[&str]| {
        let sent: Vec<_> = sent.iter().map(|&value| value.to_owned()).collect();
        check_content_type(&sent).is_ok()
    };
    for fit in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/json;x=y",
    ] {
        assert!(check(&[fit]), "{fit}");
    }
    for unfit in [
        "",
        "text/plain",
        "application/json-seq",
        "application/jwt",
        "text/json",
    ] {
        assert!(!check(&[unfit]), "{unfit}");
    }
    assert!(!check(&[]));
    assert!(!check(&["application/json", "application/json"]));
}
