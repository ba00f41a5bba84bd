use serde_json::json;

use super::super::fault::Fault;
use super::super::tree;
use super::*;

fn read_all(text: &str) -> (Vec<Case>, Vec<Fault>) {
    let mut faults = Faults::default();
    let root = tree::read(text, &mut faults).unwrap();
    let Content::List(items) = root.content else {
        panic!("a list")
    };
    let items = items.into_iter();
    let cases: Vec<_> = items.filter_map(|item| read(item, &mut faults)).collect();
    check_names(&cases, &mut faults);
    (cases, faults.into_sorted())
}

fn check(text: &str, name: &str, question: &Value) {
    let (cases, faults) = read_all(text);
    assert_eq!(faults, [], "{text}");
    let asked: Value = serde_json::from_str(&cases[0].question).unwrap();
    assert_eq!((&*cases[0].name, &asked), (name, question), "{text}");
}

#[track_caller]
fn check_faults(text: &str, expected: &[&str]) {
    let (_, faults) = read_all(text);
    let told: Vec<_> = faults
        .iter()
        .map(|fault| format!("{}: {}", fault.at.unwrap(), fault.what))
        .collect();
    assert_eq!(told, expected, "{text}");
}

#[test]
fn short_forms_are_asked_as_objects() {
    let question = json!({
        "subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
        "resource": {"type": "document", "id": "a/b"},
    });
    check(
        "- {subject: alice, action: read, resource: document/a/b, expect: allow}",
        "alice may read document/a/b",
        &question,
    );
    check(
        "- {subject: user/alice, action: read, resource: document/a/b, expect: deny, name: no}",
        "no",
        &question,
    );
}

#[test]
fn objects_are_asked_as_they_are() {
    let text = "
- subject: {type: robot, id: r2, properties: {arms: 2}}
  action: {name: lift, properties: {slowly: true}}
  resource: {type: box, id: '7', properties: {}}
  context: {now: 2030-01-01}
  expect: deny
";
    let question = json!({
        "subject": {"type": "robot", "id": "r2", "properties": {"arms": 2}},
        "action": {"name": "lift", "properties": {"slowly": true}},
        "resource": {"type": "box", "id": "7", "properties": {}},
        "context": {"now": "2030-01-01"},
    });
    check(text, "robot/r2 may not lift box/7", &question);
}

#[test]
fn every_fault_of_a_case_is_told() {
    check_faults(
        "
- subjct: alice
  action: [read]
  resource: handbook
  context: now
  expect: true
- subject: {type: user, id: 7, name: x}
  action: ''
  resource: document/
  expect: yes
- alice may read
",
        &[
            "2:3: `subjct`: expected one of name, subject, action, resource, context, expect",
            "2:3: no `subject`: expected it",
            "3:11: a list: expected a name, or an object with name and properties",
            "4:13: `handbook`: expected type/id, as document/handbook",
            "5:12: a text: expected an object",
            "6:11: a truth value: expected allow or deny",
            "7:29: a number: expected a text, in quotes",
            "7:32: `name`: expected one of type, id, properties",
            "8:11: ``: expected 1 to 255 characters in each part, no control characters",
            "9:13: `document/`: expected 1 to 255 characters in each part, no control characters",
            "10:11: `yes`: expected allow or deny",
            "11:3: a text: expected a case: subject, action, resource and expect, perhaps context and name",
        ],
    );
}

#[test]
fn a_subject_that_may_be_meant_in_two_ways_is_a_fault() {
    check_faults(
        "- {subject: robot/r2, action: read, resource: document/1, expect: deny}",
        &["1:13: `robot/r2`: expected a user's id without `/`, or else an object with type and id"],
    );
}

#[test]
fn texts_have_an_end_and_no_control_characters() {
    let long = "x".repeat(256);
    check_faults(
        &format!(
            "- {{subject: {{type: \"a\\u0001\", id: {long}}}, action: \"b\\n\", resource: c/d, expect: deny}}"
        ),
        &[
            "1:20: a text: expected 1 to 255 characters, no control characters",
            "1:35: a text: expected 1 to 255 characters, no control characters",
            "1:302: `b\\n`: expected 1 to 255 characters in each part, no control characters",
        ],
    );
}

#[test]
fn a_name_is_given_once() {
    check_faults(
        "
- {name: one, subject: a, action: b, resource: c/d, expect: deny}
- {name: one, subject: a, action: b, resource: c/d, expect: deny}
",
        &["3:10: `one` is already the name of the case at 2:10: expected another name"],
    );
}

#[test]
fn a_question_too_large_for_a_body_is_a_fault() {
    let large = "x".repeat(batches::LARGEST_QUESTION);
    check_faults(
        &format!(
            "- {{subject: a, action: b, resource: c/d, expect: deny, context: {{x: {large}}}}}"
        ),
        &["1:3: a question larger than 1 MiB: expected at most 64 KiB"],
    );
}
