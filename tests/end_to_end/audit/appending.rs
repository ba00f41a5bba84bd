//! `POST /v1/audit-events`: valid and invalid events.

use serde_json::{Value, json};
use tests::{
    Shell,
    audit::{PATH, append, count, event, ids, items, new_id, read, with},
};

#[test]
fn one_event_and_what_is_filled_in() {
    let shell = Shell::start();
    let recorded = append(&shell, &event()).expect(201).json();
    let id = recorded["id"].as_str().unwrap();
    assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 7);
    let created_at = recorded["created_at"].as_str().unwrap();
    assert_eq!(created_at.len(), "2026-01-31T12:00:00.000000Z".len());
    assert_eq!(recorded.as_object().unwrap().len(), 2);
    let read = read(&shell, "acme", &format!("/{id}")).expect(200).json();
    let expected = json!({
        "id": id, "created_at": created_at, "occurred_at": created_at, "action": "file.read",
        "actor": {"type": "user", "id": "alice"}, "targets": [], "outcome": "success",
        "context": {}, "metadata": {}, "recorded_by": alice(&shell),
    });
    assert_eq!(read, expected);
}

/// The caller in these tests, whoever the actor is.
fn alice(shell: &Shell) -> Value {
    json!({"organization_id": shell.database().organization("acme"), "subject": "alice"})
}

#[test]
fn who_appended_an_event_for_another_stays_known() {
    let shell = Shell::start();
    let event = with("actor", json!({"type": "user", "id": "alice"}));
    let platform = shell.platform("POST", PATH);
    let request = platform.header("shell-organization", "acme").json(&event);
    let recorded = request.send().expect(201).json();
    let id = recorded["id"].as_str().unwrap();
    let event = read(&shell, "acme", &format!("/{id}")).json();
    let platform = shell.database().organization("platform");
    assert_eq!(event["actor"]["id"], "alice");
    assert_eq!(event["recorded_by"]["organization_id"], json!(platform));
    // The Shell's own events have no caller.
    let page = read(&shell, "acme", "?action=audit_event.read");
    assert_eq!(items(&page)[0]["recorded_by"], Value::Null);
}

#[test]
fn everything_that_an_event_can_say_comes_back() {
    let shell = Shell::start();
    let sent = json!({
        "id": new_id(), "occurred_at": "2020-02-29T23:30:00.1234567-01:00", "action": "a:b/c_D-9",
        "actor": {"type": "user", "id": "alice", "name": "Alice \u{1F600}"},
        "targets": [
            {"type": "file", "id": "7", "name": "Plan"}, {"type": "file", "id": "8", "name": null},
        ],
        "outcome": "denied",
        "context": {
            "ip": "2001:DB8::0:1", "user_agent": "curl/8 é", "request_id": "r 1",
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        },
        "metadata": {"a": {"b": ["é", null, true]}, "stack": "at f\r\n\tat g\n"},
    });
    let recorded = append(&shell, &sent).expect(201).json();
    assert_eq!(recorded["id"], sent["id"]);
    let mut expected = sent;
    expected["created_at"] = recorded["created_at"].clone();
    expected["recorded_by"] = alice(&shell);
    expected["occurred_at"] = json!("2020-03-01T00:30:00.123456Z");
    expected["targets"][1] = json!({"type": "file", "id": "8"});
    expected["context"]["ip"] = json!("2001:db8::1");
    let id = recorded["id"].as_str().unwrap();
    let read = read(&shell, "acme", &format!("/{id}")).expect(200);
    assert_eq!(read.json(), expected);
}

#[test]
fn metadata_comes_back_letter_by_letter() {
    let shell = Shell::start();
    let metadata = r#"{"z":1.50,"a" : 123456789012345678901234567890,"A":-0.0, "b":1e400,
        "c":[1E+2 ,"\u00e9\/"]}"#;
    let body = format!(r#"{{"action":"a","outcome":"success","metadata":{metadata}}}"#);
    let request = shell.request("POST", PATH).by("acme", "alice");
    request.body("application/json", body).send().expect(201);
    let page = read(&shell, "acme", "?action=a");
    assert!(page.body.contains(metadata), "{}", page.body);
    // A client that parses such a number as a float cannot read the page.
    let id = page.body.split('"').nth(5).unwrap();
    let one = read(&shell, "acme", &format!("/{id}"));
    assert!(one.body.contains(metadata), "{}", one.body);
}

#[test]
fn an_array_is_answered_in_its_order() {
    let shell = Shell::start();
    let one = json!([event()]);
    assert_eq!(
        append(&shell, &one)
            .expect(201)
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let several: Vec<Value> = (0..1_000)
        .map(|number| with("metadata", json!({"number": number})))
        .collect();
    let recorded = append(&shell, &json!(several)).expect(201).json();
    let recorded = recorded.as_array().unwrap();
    let created: Vec<_> = recorded
        .iter()
        .map(|r| r["created_at"].as_str().unwrap())
        .collect();
    assert_eq!(created.len(), 1_000);
    assert!(created.is_sorted_by(|earlier, later| earlier < later));
    // The newest first: the last one of the call.
    let page = read(&shell, "acme", "?limit=1000&action=file.read").json();
    let page = page["items"].as_array().unwrap();
    let mut read: Vec<_> = ids(page);
    read.reverse();
    assert_eq!(read, ids(recorded));
    assert_eq!(page[0]["metadata"]["number"], 999);
}

#[test]
fn a_call_is_bounded() {
    let shell = Shell::start();
    for count in [0, 1_001] {
        let answer = append(&shell, &json!(vec![event(); count]));
        let answer = answer.expect_problem(422, "invalid-fields");
        assert_eq!(answer.pointers(), [""]);
    }
    let sized = |length: usize| {
        let body = event().to_string();
        let padding = " ".repeat(length - body.len());
        let request = shell.request("POST", PATH).by("acme", "alice");
        request
            .body("application/json", body + padding.as_str())
            .send()
    };
    sized(1024 * 1024).expect(201);
    sized(1024 * 1024 + 1).expect_problem(413, "too-large");
    assert_eq!(count(&shell, "file.read"), 1);
}

#[test]
fn every_fault_of_every_event_is_reported_and_nothing_written() {
    let shell = Shell::start();
    let mut lone = event().to_string();
    lone.insert_str(
        1,
        r#""actor":{"type":"user","id":"\ud800"},"metadata":{"a":{"b":"x\udc00"},"\ud800":1},"#,
    );
    let bad = json!({
        "id": "7", "occurred_at": "2026-01-31T12:00:00", "action": "a*",
        "actor": {"type": "a b", "id": "", "name": "a\nb"}, "targets": [{}], "outcome": null,
        "context": {"ip": "::g", "user_agent": "\t", "request_id": "é", "trace_id": "0".repeat(32)},
        "metadata": {"a": {"b": "\u{0}"}, "c\u{7f}": 1, "d": [[[[[[[[]]]]]]]]},
    });
    let body = format!("[{bad},{},{lone}]", event());
    let request = shell.request("POST", PATH).by("acme", "alice");
    let answer = request.body("application/json", body).send();
    let mut pointers = answer.expect_problem(422, "invalid-fields").pointers();
    pointers.sort_unstable();
    let expected = [
        "/0/action",
        "/0/actor/id",
        "/0/actor/name",
        "/0/actor/type",
        "/0/context/ip",
        "/0/context/request_id",
        "/0/context/trace_id",
        "/0/context/user_agent",
        "/0/id",
        "/0/metadata/a/b",
        "/0/metadata/c\u{7f}",
        "/0/metadata/d/0/0/0/0/0/0/0",
        "/0/occurred_at",
        "/0/outcome",
        "/0/targets/0/id",
        "/0/targets/0/type",
        "/2/actor/id",
        "/2/metadata/\\ud800",
        "/2/metadata/a/b",
    ];
    assert_eq!(pointers, expected);
    assert_eq!(count(&shell, "file.read"), 0);
}

#[test]
fn bounds_of_single_fields() {
    let shell = Shell::start();
    let large = |length: usize| json!({"a": "x".repeat(length - 8)});
    for (field, value) in [
        ("action", json!("a".repeat(100))),
        (
            "targets",
            json!(vec![json!({"type": "file", "id": "7"}); 50]),
        ),
        ("metadata", large(16 * 1024)),
        (
            "metadata",
            json!({"a": {"a": {"a": {"a": {"a": {"a": {"a": {}}}}}}}}),
        ),
        ("occurred_at", json!("0001-01-01T00:00:00Z")),
        ("occurred_at", json!("9999-12-31T23:59:59.999999999Z")),
        ("context", json!({"ip": "::ffff:192.0.2.1"})),
    ] {
        append(&shell, &with(field, value)).expect(201);
    }
    for (field, value) in [
        ("action", json!("a".repeat(101))),
        ("action", Value::Null),
        (
            "targets",
            json!(vec![json!({"type": "file", "id": "7"}); 51]),
        ),
        ("targets", json!({})),
        ("metadata", large(16 * 1024 + 1)),
        ("metadata", json!([])),
        ("context", json!([])),
        ("actor", json!("alice")),
        ("occurred_at", json!(1_700_000_000)),
        ("outcome", json!("Success")),
    ] {
        let answer = append(&shell, &with(field, value));
        let answer = answer.expect_problem(422, "invalid-fields");
        assert_eq!(answer.pointers(), [format!("/{field}")]);
    }
}

#[test]
fn a_hostile_body_gets_a_small_answer() {
    let shell = Shell::start();
    let key = "k".repeat(8_000);
    let faulty = format!(
        r#"{{"metadata":{{"{key}":["\u0000"{}]}}}}"#,
        r#","\u0000""#.repeat(800)
    );
    let body = format!("[{}]", vec![faulty; 60].join(","));
    let request = shell.request("POST", PATH).by("acme", "alice");
    let answer = request.body("application/json", body).send();
    let answer = answer.expect_problem(422, "invalid-fields");
    assert!(answer.body.len() < 512 * 1024, "{}", answer.body.len());
    assert!(answer.body.contains("more errors"));
    let request = shell.request("POST", PATH).by("acme", "alice");
    let answer = request
        .body("application/json", format!("[{}1]", "1,".repeat(999)))
        .send();
    assert_eq!(answer.expect(422).pointers().len(), 1_000);
}

#[test]
fn what_is_no_json_or_no_caller_is_refused() {
    let shell = Shell::start();
    let send = |body: Vec<u8>| {
        let request = shell.request("POST", PATH).by("acme", "alice");
        request.body("application/json", body).send()
    };
    let bodies = [
        "",
        "{",
        "[{}",
        "{}{}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\u12\"}",
    ];
    for body in bodies
        .map(Vec::from)
        .into_iter()
        .chain([vec![b'"', 0xff, b'"']])
    {
        send(body).expect_problem(400, "invalid-json");
    }
    let deep = |kind: &str| format!("{}x", kind.repeat(200_000));
    send(deep("[").into()).expect_problem(400, "invalid-json");
    send(deep("{\"a\":").into()).expect_problem(400, "invalid-json");
    let nobody = shell.request("POST", PATH).json(&event()).send();
    nobody.expect_problem(401, "unauthenticated");
    let organization = uuid::Uuid::now_v7();
    let unknown = shell.sign(&shell.claims_of(organization, "alice"));
    let request = shell.request("POST", PATH).bearing(&unknown);
    request
        .json(&event())
        .send()
        .expect_problem(403, "forbidden");
    assert_eq!(count(&shell, "file.read"), 0);
}

#[test]
fn an_append_is_logged_without_its_content() {
    let shell = Shell::start();
    append(&shell, &with("metadata", json!({"secret": "s3cr3t"}))).expect(201);
    let lines = shell.log_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["route"], PATH);
    let acme = shell.database().organization("acme").to_string();
    assert_eq!(lines[0]["organization_id"], acme);
    assert!(!shell.output().contains("s3cr3t") && !shell.output().contains("alice"));
}
