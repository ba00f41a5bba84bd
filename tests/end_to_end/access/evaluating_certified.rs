//! The evaluation parts of AuthZEN's certification scenario (`certification/authorization-api-1_0-scenario.md`
//! of github.com/openid/authzen at e287920eed842b227e38531c1735b712337ca44d), by its numbers.

use serde_json::{Value, json};
use tests::{
    Folder, Setup, Shell,
    decisions::{ONE, SEVERAL, ask},
};

const ROLES: &str = "organization,role,name,description,inherits
acme,record-reader,Reader,,
acme,record-writer,Writer,,record-reader
acme,record-archivist,Archivist,,record-reader
";

const PERMISSIONS: &str = r#"organization,role,resource_type,resource_id,action,effect,condition
acme,record-reader,record,*,read,allow,
acme,record-writer,record,*,write,allow,"!(has(resource.properties.status) && resource.properties.status == ""archived"")"
acme,record-writer,record,*,delete,allow,has(action.properties.soft) && action.properties.soft
acme,record-archivist,record,*,write,allow,"has(subject.properties.role) && subject.properties.role == ""admin"" && has(resource.properties.status) && resource.properties.status == ""archived"""
"#;

const ASSIGNMENTS: &str = "organization,username,role,valid_until
acme,alice,record-writer,
acme,alice,record-archivist,
acme,bob,record-archivist,
";

const RESOURCES: &str = r#"organization,type,id,properties
acme,record,record-1,"{""status"":""active""}"
acme,record,record-2,"{""status"":""archived""}"
"#;

const USERS: &str = r#"organization,username,email,display_name,external_id,attributes
acme,bob,bob@acme.example,Bob Brown,,"{""role"":""admin""}"
"#;

/// A Shell with the scenario's fixture (section 4) in acme.
pub fn start() -> Shell {
    seed(Setup::seeded()).start()
}

/// Adds the fixture to the existing data.
pub fn seed(setup: Setup) -> Setup {
    let files = [
        ("users.csv", USERS),
        ("roles.csv", ROLES),
        ("permissions.csv", PERMISSIONS),
        ("role_assignments.csv", ASSIGNMENTS),
        ("resources.csv", RESOURCES),
    ];
    let folder = Folder::of(&setup.environment, &files);
    setup.job("seed", Some(&folder), &["--update"]).unwrap();
    setup
}

pub fn subject(id: &str) -> Value {
    json!({"type": "user", "id": id})
}

pub fn record(number: u32) -> Value {
    json!({"type": "record", "id": format!("record-{number}")})
}

pub fn record_that_is(number: u32, status: &str) -> Value {
    with(record(number), "properties", json!({"status": status}))
}

pub fn action(name: &str) -> Value {
    json!({"name": name})
}

pub fn bob_as_admin() -> Value {
    with(subject("bob"), "properties", json!({"role": "admin"}))
}

pub fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

pub fn request(subject: Value, action: Value, resource: Value) -> Value {
    json!({"subject": subject, "action": action, "resource": resource})
}

fn alice_reads() -> Value {
    request(subject("alice"), action("read"), record(1))
}

#[test]
fn section_5_2_requests_are_accepted() {
    let shell = start();
    let delete = |soft: bool| with(action("delete"), "properties", json!({"soft": soft}));
    let more = request(
        with(
            subject("alice"),
            "properties",
            json!({"department": "Sales", "role": "manager"}),
        ),
        with(action("read"), "properties", json!({"method": "GET"})),
        with(
            record(1),
            "properties",
            json!({"status": "active", "owner": "bob"}),
        ),
    );
    let context = json!({"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"});
    let unknown = with(alice_reads(), "futureField", json!({"nested": true}));
    for (body, expected) in [
        (alice_reads(), true),
        (request(subject("alice"), action("write"), record(1)), true),
        (request(subject("bob"), action("read"), record(1)), true),
        (request(subject("bob"), action("write"), record(1)), false),
        (with(alice_reads(), "context", context), true),
        (
            request(
                subject("alice"),
                action("write"),
                record_that_is(2, "archived"),
            ),
            false,
        ),
        (
            request(
                bob_as_admin(),
                action("write"),
                record_that_is(2, "archived"),
            ),
            true,
        ),
        (request(subject("alice"), delete(true), record(1)), true),
        (request(subject("alice"), delete(false), record(1)), false),
        (more, true),
        (with(unknown, "foo", json!("bar")), true),
    ] {
        // Section 5.6: the same decision for each repetition.
        for _ in 0..3 {
            let answer = ask(&shell, ONE, &body).expect(200);
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert_eq!(answer.json(), json!({"decision": expected}), "{body}");
        }
    }
}

#[test]
fn sections_5_4_and_5_5_errors_and_request_ids() {
    let shell = start();
    let without = |name: &str, field: Option<&str>| {
        let mut body = alice_reads();
        let parent = match field {
            Some(_) => body[name].as_object_mut().unwrap(),
            None => body.as_object_mut().unwrap(),
        };
        parent.remove(field.unwrap_or(name));
        body
    };
    for body in [
        without("subject", None),
        without("action", None),
        without("resource", None),
        without("subject", Some("type")),
        without("subject", Some("id")),
        without("action", Some("name")),
        without("resource", Some("type")),
        without("resource", Some("id")),
        with(alice_reads(), "subject", json!("alice")),
        with(alice_reads(), "action", json!({"name": 123})),
    ] {
        ask(&shell, ONE, &body).expect_problem(400, "invalid-evaluation");
        // Section 6.4: if the body as a whole is invalid, so it is here.
        ask(&shell, SEVERAL, &body).expect_problem(400, "invalid-evaluation");
    }
    let request = || {
        shell
            .platform("POST", ONE)
            .header("shell-organization", "acme")
    };
    let sent_as = |kind: &str, body: String| request().body(kind, body).send();
    sent_as("text/plain", alice_reads().to_string()).expect_problem(400, "not-sent-as-json");
    sent_as("application/json", "{\"subject\":".to_owned()).expect_problem(400, "invalid-json");
    sent_as("application/json", String::new()).expect_problem(400, "invalid-json");

    let id = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716";
    for (body, status) in [(alice_reads(), 200), (json!({}), 400)] {
        let request = request().header("x-request-id", id);
        let answer = request.json(&body).send().expect(status);
        assert_eq!(answer.header("x-request-id"), Some(id));
    }
    assert!(
        request()
            .json(&alice_reads())
            .send()
            .header("x-request-id")
            .is_some()
    );
}

/// The decisions, and a check that the answer has no other member.
#[track_caller]
fn decisions(shell: &Shell, body: &Value) -> Vec<bool> {
    let document = ask(shell, SEVERAL, body).expect(200).json();
    assert_eq!(document.as_object().unwrap().len(), 1, "{document}");
    let items = document["evaluations"].as_array().unwrap().iter();
    items
        .map(|item| item["decision"].as_bool().unwrap())
        .collect()
}

#[test]
fn section_6_2_several_requests_are_accepted() {
    let shell = start();
    let write = action("write");
    for (body, expected) in [
        (
            json!({"subject": subject("alice"), "action": action("read"),
                "evaluations": [{"resource": record(1)}, {"resource": record(2)}]}),
            [true, true],
        ),
        (
            json!({"subject": subject("bob"), "resource": record(1),
                "evaluations": [{"action": action("read")}, {"action": write}]}),
            [true, false],
        ),
        (
            json!({"subject": subject("alice"), "action": write, "evaluations": [
                {"resource": record_that_is(1, "active")},
                {"resource": record_that_is(2, "archived")}]}),
            [true, false],
        ),
        (
            json!({"action": write, "resource": record_that_is(2, "archived"),
                "evaluations": [{"subject": subject("alice")}, {"subject": bob_as_admin()}]}),
            [false, true],
        ),
        (
            json!({"evaluations": [alice_reads(), request(subject("bob"), write.clone(), record(1))]}),
            [true, false],
        ),
        (
            json!({"subject": subject("alice"), "action": action("read"),
                "context": {"time": "2025-06-27T18:03-07:00"},
                "evaluations": [
                    {"resource": record(1)},
                    {"resource": record(2), "context": {"source": "batch-override"}}]}),
            [true, true],
        ),
        (
            json!({"subject": subject("alice"), "action": write,
                "resource": record_that_is(1, "active"),
                "evaluations": [{}, {"resource": record_that_is(2, "archived")}]}),
            [true, false],
        ),
    ] {
        assert_eq!(decisions(&shell, &body), expected, "{body}");
    }
}

#[test]
fn section_6_4_an_item_that_is_at_fault_and_no_items() {
    let shell = start();
    let body = json!({
        "subject": subject("alice"), "action": action("read"),
        "options": {"evaluations_semantic": "execute_all"},
        "evaluations": [{"resource": record(1)}, {}],
    });
    let answer = ask(&shell, SEVERAL, &body).expect(200).json();
    let error = json!({"status": 400, "message": "/resource: expected an object"});
    let expected = json!({"evaluations": [
        {"decision": true}, {"decision": false, "context": {"error": error}},
    ]});
    assert_eq!(answer, expected);
    for body in [alice_reads(), with(alice_reads(), "evaluations", json!([]))] {
        let answer = ask(&shell, SEVERAL, &body).expect(200);
        assert_eq!(answer.json(), json!({"decision": true}));
    }
}

#[test]
fn nobody_promotes_itself() {
    let shell = start();
    let promoted = with(subject("alice"), "properties", json!({"role": "admin"}));
    let body = request(promoted, action("write"), record_that_is(2, "archived"));
    assert_eq!(ask(&shell, ONE, &body).expect(200).json()["decision"], true);
    let items = json!({"evaluations": [body]});
    for (path, body, place) in [(ONE, &body, ""), (SEVERAL, &items, "/evaluations/0")] {
        let own = shell.request("POST", path).by("acme", "alice");
        let answer = own.json(body).send().expect(200).json();
        assert_eq!(
            answer.pointer(&format!("{place}/decision")),
            Some(&json!(false))
        );
    }
    // His stored attributes are used with his own token too, and the record's stored ones take precedence over his.
    for (said, expected) in [("archived", true), ("active", true)] {
        let body = request(subject("bob"), action("write"), record_that_is(2, said));
        let own = shell.request("POST", ONE).by("acme", "bob");
        let answer = own.json(&body).send().expect(200);
        assert_eq!(answer.json(), json!({"decision": expected}), "{said}");
    }
}
