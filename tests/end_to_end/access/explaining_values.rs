//! Explanations show stored data of users and resources only to callers that may read it; reasons never show it.

use serde_json::{Value, json};
use tests::{
    Shell,
    decisions::{EXPLAIN, ONE, SEVERAL, ask, question},
};

use super::explaining::{about, explain_as, give, line};

/// Lets a user read roles, and these other resources.
fn reader(shell: &Shell, user: &str, others: &[(&str, &str)]) {
    let right = |kind: &str, id: &str| json!({"resource_type": kind, "resource_id": id, "action": "read", "effect": "allow"});
    let others = others.iter().map(|(kind, id)| right(kind, id));
    let lines: Vec<_> = others.chain([right("role", "*")]).collect();
    give(shell, user, &[], &json!(lines), &[user]);
}

const CONDITION: &str = "subject.properties.team == 'design' && resource.properties.owner == subject.id \
    && resource.properties.rank < 3 && subject.properties.badge == context.badge";

/// Alice may print what she owns.
fn with_printers(shell: &Shell) -> Value {
    let lines = json!([line("allow", "print", "document", Some(CONDITION))]);
    give(shell, "printer", &[], &lines, &["alice"]);
    let mut question = about("alice", "print", "handbook");
    question["resource"]["properties"] = json!({"rank": 2});
    question["subject"]["properties"] = json!({"badge": "b7"});
    question["context"] = json!({"badge": "b7"});
    question
}

fn values(shell: &Shell, user: &str, question: &Value) -> Value {
    let answer = explain_as(shell, user, question).expect(200).json();
    assert_eq!(answer["lines"][0]["role"], "printer", "{answer}");
    answer["lines"][0]["values"].clone()
}

#[test]
fn stored_values_take_the_right_to_read_them() {
    let shell = Shell::start();
    let question = with_printers(&shell);
    reader(
        &shell,
        "reads-none",
        &[("user", "bob"), ("resource", "document/budget-2024")],
    );
    reader(&shell, "reads-alice", &[("user", "alice")]);
    reader(
        &shell,
        "reads-handbook",
        &[("resource", "document/handbook")],
    );
    let hidden = |name: &str| json!({"name": name});
    let shown = |name: &str, value: &str| json!({"name": name, "value": value});
    let (team, owner) = ("subject.properties.team", "resource.properties.owner");
    let all = |team: Value, owner: Value| {
        json!([team, owner, shown("subject.id", "alice"),
            {"name": "resource.properties.rank", "value": 2},
            shown("subject.properties.badge", "b7"), shown("context.badge", "b7")])
    };
    let (no_team, no_owner) = (hidden(team), hidden(owner));
    let (its_team, its_owner) = (shown(team, "design"), shown(owner, "alice"));
    for (user, expected) in [
        ("reads-none", all(no_team.clone(), no_owner.clone())),
        ("reads-alice", all(its_team.clone(), no_owner)),
        ("reads-handbook", all(no_team, its_owner.clone())),
        ("admin", all(its_team, its_owner)),
    ] {
        assert_eq!(values(&shell, user, &question), expected, "{user}");
    }
}

#[test]
fn nobody_is_told_that_something_is_not_stored_who_may_not_read_it() {
    let shell = Shell::start();
    reader(&shell, "reads-none", &[]);
    let lines = json!([line(
        "deny",
        "*",
        "document",
        Some("resource.properties.secret || subject.properties.secret || subject == context.s")
    )]);
    give(&shell, "printer", &[], &lines, &["alice"]);
    let (resource, subject) = ("resource.properties.secret", "subject.properties.secret");
    let question = about("alice", "print", "handbook");
    let told = values(&shell, "admin", &question);
    assert_eq!(told[0], json!({"name": resource, "is_missing": true}));
    assert_eq!(told[1], json!({"name": subject, "is_missing": true}));
    assert_eq!(told[2]["value"]["properties"], json!({"team": "design"}));
    let told = values(&shell, "reads-none", &question);
    let whole = json!({"name": "subject"});
    assert_eq!(told[0], json!({"name": resource}));
    assert_eq!(told[1], json!({"name": subject}));
    assert_eq!(told[2], whole);
    assert_eq!(told[3], json!({"name": "context.s", "is_missing": true}));
}

/// A caller may see stored data about itself.
#[test]
fn ones_own_attributes_are_shown() {
    let shell = Shell::start();
    let lines = json!([line(
        "allow",
        "print",
        "document",
        Some("subject.properties.team == 'sales'")
    )]);
    give(&shell, "printer", &[], &lines, &["bob"]);
    reader(&shell, "bob", &[]);
    let expected = json!([{"name": "subject.properties.team", "value": "sales"}]);
    assert_eq!(
        values(&shell, "bob", &about("bob", "print", "handbook")),
        expected
    );
    // A user of another organization with the same id is somebody else.
    give(&shell, "printer", &[], &lines, &["twin"]);
    let platform = |path: &str, body: Value| {
        shell.platform("PUT", path).json(&body).send().expect(201);
    };
    let right = |action: &str, kind: &str| json!({"resource_type": kind, "resource_id": "*", "action": action, "effect": "allow"});
    let rights = [right("read", "role"), right("act_for", "organization")];
    platform(
        "/v1/roles/acts",
        json!({"name": "Acts", "permissions": rights}),
    );
    platform("/v1/roles/acts/members/twin", json!({}));
    let request = shell.request("POST", EXPLAIN).by("platform", "twin");
    let request = request.header("shell-organization", "acme");
    let answer = request.json(&about("twin", "print", "handbook")).send();
    let values = answer.expect(200).json()["lines"][0]["values"].clone();
    assert_eq!(values, json!([{"name": "subject.properties.team"}]));
}

#[test]
fn values_have_an_end() {
    let shell = Shell::start();
    let condition = "context.a == context.b";
    let lines = (0..8).map(|n| {
        let condition = format!("{condition} && context.n > {n}");
        line("allow", "print", "document", Some(&condition))
    });
    give(
        &shell,
        "printer",
        &[],
        &json!(lines.collect::<Vec<_>>()),
        &["alice"],
    );
    let mut question = about("alice", "print", "handbook");
    let long = "x".repeat(30_000);
    question["context"] = json!({"a": long, "b": long, "n": 9});
    let answer = explain_as(&shell, "admin", &question).expect(200);
    assert!(answer.body.len() < 300 * 1024, "{}", answer.body.len());
    let lines = answer.json()["lines"].as_array().unwrap().clone();
    let values = lines
        .iter()
        .flat_map(|line| line["values"].as_array().unwrap());
    let left_out: Vec<_> = values
        .filter(|value| value.get("value").is_none())
        .collect();
    assert_eq!(left_out.len(), 12, "{left_out:?}");
    assert!(left_out.iter().all(|value| value["is_too_large"] == true));
}

#[test]
fn reasons_are_told_to_who_may_read_roles() {
    let shell = Shell::start();
    let of = |path: &str, user: &str, body: &Value| {
        let request = shell.request("POST", path).by("acme", user);
        request.json(body).send().expect(200).json()
    };
    let viewer = "the role viewer allows read on document:*; alice holds it through editor";
    let expected = json!({"decision": true, "context": {"reason": viewer}});
    let alice = question("alice", "read");
    assert_eq!(of(ONE, "admin", &alice), expected);
    assert_eq!(of(SEVERAL, "admin", &alice), expected);
    let mut several = alice.clone();
    several["evaluations"] = json!([{}, {"action": {"name": "fly"}}, {"resource": {}}]);
    let items = of(SEVERAL, "admin", &several)["evaluations"].clone();
    assert_eq!(items[0], expected);
    let nothing = "no line allows fly on document:1; alice holds editor, viewer";
    let denied = json!({"decision": false, "context": {"reason": nothing}});
    assert_eq!(items[1], denied);
    // If evaluation fails, the item has an error instead of a reason.
    assert_eq!(items[2]["context"]["error"]["status"], 400);
    assert!(items[2]["context"].get("reason").is_none(), "{items}");

    // A satellite's decisions have no reasons, nor have those of users about themselves.
    assert_eq!(ask(&shell, ONE, &alice).json(), json!({"decision": true}));
    let items = ask(&shell, SEVERAL, &several).json()["evaluations"].clone();
    assert_eq!(items[1], json!({"decision": false}));
    assert_eq!(of(ONE, "alice", &alice), json!({"decision": true}));
    // Unless the caller may read roles.
    let own = of(ONE, "admin", &question("admin", "read"));
    let admin = "the role admin allows * on *; admin was assigned it";
    assert_eq!(own["context"]["reason"], admin);
    // With the right to read roles, from the next request on.
    reader(&shell, "alice", &[]);
    assert_eq!(of(ONE, "alice", &alice), expected);
    let path = "/v1/roles/alice/members/alice";
    let request = shell.platform("DELETE", path);
    request
        .header("shell-organization", "acme")
        .send()
        .expect(204);
    assert_eq!(of(ONE, "alice", &alice), json!({"decision": true}));
}

#[test]
fn no_value_of_an_attribute_stands_in_a_reason() {
    let shell = Shell::start();
    let mut asked = with_printers(&shell);
    reader(&shell, "reads-none", &[]);
    let evaluate = line("allow", "evaluate", "decision", None);
    give(&shell, "asks", &[], &json!([evaluate]), &["reads-none"]);
    let reason = |question: &Value| {
        let request = shell.request("POST", ONE).by("acme", "reads-none");
        let answer = request.json(question).send().expect(200).json();
        answer["context"]["reason"].as_str().unwrap().to_owned()
    };
    let holds = "the role printer allows print on document:* under a condition that holds; \
        alice was assigned it";
    assert_eq!(reason(&asked), holds);
    asked["resource"]["properties"] = json!({"rank": 4, "owner": "somebody"});
    let not = "the role printer allows print on document:* under a condition that does not hold";
    assert_eq!(reason(&asked), not);
    let archived = reason(&about("alice", "write", "budget-2024"));
    for stored in ["archived", "design", "published"] {
        assert!(!archived.contains(stored), "{archived}");
    }
}
