//! `/access/v1`: evaluations with the roles of the seed data, and who may request them.

use std::thread;

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    decisions::{ONE, SEVERAL, ask, ask_in, question},
    waiting::BOUND,
};

/// Asks as a user of acme with the user's own token.
fn ask_as(shell: &Shell, user: &str, path: &str, body: &Value) -> Answer {
    let request = shell.request("POST", path).by("acme", user);
    request.json(body).send()
}

fn with(mut question: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    question.pointer_mut(parent).unwrap()[name] = value;
    question
}

#[track_caller]
fn check(shell: &Shell, organization: &str, question: &Value, expected: bool) {
    let answer = ask_in(shell, organization, ONE, question).expect(200);
    assert_eq!(
        answer.json(),
        json!({"decision": expected}),
        "{organization} {question}"
    );
}

#[test]
fn roles_decide() {
    let shell = Shell::start();
    for (user, action, expected) in [
        ("alice", "read", true),
        ("alice", "write", true),
        ("alice", "delete", false),
        ("alice", "share", false),
        ("bob", "read", true),
        ("bob", "write", false),
        ("admin", "share", true),
        ("editor", "read", false),
        ("nobody", "read", false),
    ] {
        check(&shell, "acme", &question(user, action), expected);
    }
    let write = question("alice", "write");
    let archived = json!({"status": "archived"});
    check(
        &shell,
        "acme",
        &with(write.clone(), "/resource/properties", archived),
        false,
    );
    check(
        &shell,
        "acme",
        &with(write.clone(), "/resource/type", json!("invoice")),
        false,
    );
    check(
        &shell,
        "acme",
        &with(write.clone(), "/resource/id", json!("*")),
        true,
    );
    check(
        &shell,
        "acme",
        &with(write, "/subject/type", json!("group")),
        false,
    );
    let delete = question("alice", "delete");
    let owned = json!({"owner": "alice"});
    check(
        &shell,
        "acme",
        &with(delete.clone(), "/resource/properties", owned),
        true,
    );
    let others = json!({"owner": "bob"});
    check(
        &shell,
        "acme",
        &with(delete, "/resource/properties", others),
        false,
    );
}

/// A change of the database that Redis does not learn of, as by a seeding run, is visible within the bound.
#[test]
fn who_holds_roles() {
    let shell = Shell::start();
    let (alice, bob) = (question("alice", "read"), question("bob", "read"));
    check(&shell, "acme", &alice, true);
    let mut database = shell.database().as_superuser();
    let mut change = |statement: &str| {
        assert_eq!(database.execute(statement, &[]).unwrap(), 1, "{statement}");
        database.execute("SELECT shell.next_change()", &[]).unwrap();
        thread::sleep(BOUND);
    };
    change("DELETE FROM shell.role_assignments WHERE subject = 'alice' AND role = 'editor'");
    check(&shell, "acme", &alice, false);
    check(&shell, "acme", &bob, true);
    change("UPDATE shell.role_assignments SET valid_until = now() WHERE subject = 'bob'");
    check(&shell, "acme", &bob, false);
    change("UPDATE shell.role_assignments SET valid_until = now() + '1 h' WHERE subject = 'bob'");
    check(&shell, "acme", &bob, true);
    change("DELETE FROM shell.memberships m USING shell.users u, shell.organizations o
        WHERE m.user_id = u.id AND u.external_id = 'bob' AND m.organization_id = o.id AND o.slug = 'acme'");
    check(&shell, "acme", &bob, false);
}

#[test]
fn tenants_are_apart() {
    let shell = Shell::start();
    let (alice, carol) = (question("alice", "write"), question("carol", "write"));
    check(&shell, "acme", &alice, true);
    check(&shell, "globex", &alice, false);
    check(&shell, "globex", &carol, true);
    check(&shell, "acme", &carol, false);
    check(&shell, "platform", &alice, false);
    // A role of platform gives no rights elsewhere.
    let service = question("svc-drive", "read");
    check(&shell, "acme", &service, false);
    let evaluate = json!({
        "subject": {"type": "user", "id": "svc-drive"}, "action": {"name": "evaluate"},
        "resource": {"type": "decision", "id": "1"},
    });
    check(&shell, "platform", &evaluate, true);
    check(&shell, "acme", &evaluate, false);
}

#[test]
fn who_may_ask_about_whom() {
    let shell = Shell::start();
    let (alice, bob) = (question("alice", "read"), question("bob", "read"));
    let own = ask_as(&shell, "alice", ONE, &alice).expect(200);
    assert_eq!(own.json(), json!({"decision": true}));
    ask_as(&shell, "alice", ONE, &bob).expect_problem(403, "forbidden");
    let named = shell.request("POST", ONE).by("acme", "alice");
    let named = named.header("shell-organization", "acme");
    named.json(&alice).send().expect(200);
    // A subject of another type is not the caller, even with the same id.
    let other = with(alice.clone(), "/subject/type", json!("service"));
    ask_as(&shell, "alice", ONE, &other).expect_problem(403, "forbidden");
    let batch = |items: Value| {
        let body = with(alice.clone(), "/evaluations", items);
        ask_as(&shell, "alice", SEVERAL, &body)
    };
    batch(json!([{}, {"action": {"name": "write"}}])).expect(200);
    batch(json!([{}, {"subject": {"type": "user", "id": "bob"}}])).expect_problem(403, "forbidden");
    let nobody = shell.request("POST", ONE).json(&alice).send();
    nobody.expect_problem(401, "unauthenticated");
    let elsewhere = shell.request("POST", ONE).by("acme", "alice");
    let elsewhere = elsewhere.header("shell-organization", "globex");
    elsewhere
        .json(&alice)
        .send()
        .expect_problem(403, "forbidden");
    // A user of another organization with the same id is not the caller.
    let admin = shell
        .platform("POST", ONE)
        .header("shell-organization", "acme");
    let answer = admin.json(&question("admin", "share")).send().expect(200);
    assert_eq!(answer.json()["decision"], true);
}

#[test]
fn what_is_asked_is_logged_only_where_it_is_refused() {
    let shell = Shell::start();
    check(&shell, "acme", &question("alice", "read"), true);
    ask_as(&shell, "alice", ONE, &question("bob", "read")).expect(403);
    let lines = shell.log_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(
        (&lines[0]["status"], &lines[0]["route"]),
        (&json!(403), &json!(ONE))
    );
}

#[test]
fn a_thousand_at_once() {
    let shell = Shell::start();
    let several = |items: Vec<Value>| {
        let body = with(question("alice", "read"), "/evaluations", json!(items));
        ask(&shell, SEVERAL, &body)
    };
    let allowed = |answer: Answer| -> Vec<bool> {
        let document = answer.expect(200).json();
        let items = document["evaluations"].as_array().unwrap().iter();
        items
            .map(|item| item["decision"].as_bool().unwrap())
            .collect()
    };
    // One in three about alice, one about bob, and each of the others about somebody else.
    let items = (0..1_000).map(|number| match number % 3 {
        0 => json!({"action": {"name": "write"}}),
        1 => json!({"subject": {"type": "user", "id": "bob"}, "action": {"name": "write"}}),
        _ => json!({"subject": {"type": "user", "id": format!("user-{number}")}}),
    });
    let expected: Vec<_> = (0..1_000).map(|number| number % 3 == 0).collect();
    assert_eq!(allowed(several(items.collect())), expected);
    let answer = several(vec![json!({}); 1_001]).expect_problem(400, "invalid-evaluation");
    assert_eq!(answer.pointers(), ["/evaluations"]);
}
