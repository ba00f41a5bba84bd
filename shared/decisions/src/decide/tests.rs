use serde_json::json;

use super::*;
use crate::question::AskedBy;

const NOW: i64 = 1_000;

fn policy(lines: &[(&str, &str, &str, &str, &str)]) -> SubjectPolicy {
    let lines: Vec<_> = lines
        .iter()
        .map(|(role, of_type, id, action, effect)| {
            json!({"role": role, "type": of_type, "id": id, "action": action, "effect": effect,
                   "condition": null})
        })
        .collect();
    serde_json::from_value(json!({
        "subject": "alice", "may_hold_roles": true, "attributes": "{}",
        "assignments": [{"role": "editor", "until": null}, {"role": "past", "until": NOW},
                        {"role": "soon", "until": NOW + 1}],
        "inherits": [["editor", "viewer"], ["viewer", "reader"], ["past", "ghost"]],
        "lines": lines
    }))
    .unwrap()
}

fn ask<'a>(of_type: &'a str, id: &'a str, action: &'a str) -> Question<'a> {
    Question {
        asked_by: AskedBy::Service,
        subject_type: "user",
        subject_id: "alice",
        subject_properties: None,
        action_name: action,
        action_properties: None,
        resource_type: of_type,
        resource_id: id,
        resource_properties: None,
        context: None,
    }
}

fn allowed(policy: &SubjectPolicy, question: &Question<'_>) -> bool {
    let decision = decide(policy, question, None, NOW);
    assert_eq!(decision.failure, None);
    decision.allowed
}

fn check(lines: &[(&str, &str, &str, &str, &str)], asked: (&str, &str, &str), expected: bool) {
    let question = ask(asked.0, asked.1, asked.2);
    assert_eq!(
        allowed(&policy(lines), &question),
        expected,
        "{lines:?} {asked:?}"
    );
}

#[test]
fn default_deny_and_deny_wins() {
    let allow = ("editor", "doc", "1", "read", "allow");
    let deny = ("viewer", "doc", "*", "*", "deny");
    check(&[], ("doc", "1", "read"), false);
    check(&[allow], ("doc", "1", "read"), true);
    check(&[allow], ("doc", "1", "write"), false);
    check(&[allow, deny], ("doc", "1", "read"), false);
    check(&[deny, allow], ("doc", "1", "read"), false);
    check(&[deny], ("doc", "1", "read"), false);
}

#[test]
fn roles_are_inherited_and_end() {
    let line = |role| (role, "doc", "1", "read", "allow");
    for (role, expected) in [
        ("editor", true),
        ("viewer", true),
        ("reader", true),
        ("soon", true),
        ("past", false),
        ("ghost", false),
        ("other", false),
        ("alice", false),
    ] {
        check(&[line(role)], ("doc", "1", "read"), expected);
    }
}

#[test]
fn wildcards_are_lines_alone() {
    let any_id = ("editor", "doc", "*", "read", "allow");
    let any = ("editor", "*", "*", "*", "allow");
    let one = ("editor", "doc", "1", "read", "allow");
    check(&[any_id], ("doc", "2", "read"), true);
    check(&[any_id], ("doc", "*", "read"), true);
    check(&[any_id], ("app", "2", "read"), false);
    check(&[any], ("app", "x", "write"), true);
    check(&[any], ("*", "*", "*"), true);
    check(&[one], ("doc", "*", "read"), false);
    check(&[one], ("*", "1", "read"), false);
    check(&[one], ("doc", "1", "*"), false);
    check(
        &[("editor", "*", "1", "read", "allow")],
        ("app", "1", "read"),
        true,
    );
    check(
        &[("editor", "doc", "a*", "read", "allow")],
        ("doc", "ab", "read"),
        false,
    );
}

#[test]
fn names_do_not_run_into_each_other() {
    check(
        &[("editor", "doc", "a:b", "read", "allow")],
        ("doc:a", "b", "read"),
        false,
    );
    check(
        &[("editor", "doc:a", "b", "read", "allow")],
        ("doc", "a:b", "read"),
        false,
    );
    check(
        &[("editor", "doc", "a:b", "read", "allow")],
        ("doc", "a:b", "read"),
        true,
    );
    check(
        &[("editor", "doc", "\"a\", b\n#", "read", "allow")],
        ("doc", "\"a\", b\n#", "read"),
        true,
    );
    check(&[("editor", "", "", "", "allow")], ("", "", ""), true);
    check(&[("editor", "", "", "", "allow")], ("doc", "", ""), false);
}

#[test]
fn a_user_is_no_role_of_its_name() {
    let lines = [("admin", "doc", "1", "read", "allow")];
    let named = SubjectPolicy {
        subject: "admin".to_owned(),
        ..policy(&lines)
    };
    assert!(!allowed(
        &named,
        &Question {
            subject_id: "admin",
            ..ask("doc", "1", "read")
        }
    ));
    let named = SubjectPolicy {
        subject: "role:admin".to_owned(),
        ..policy(&lines)
    };
    assert!(!allowed(
        &named,
        &Question {
            subject_id: "role:admin",
            ..ask("doc", "1", "read")
        }
    ));
}

#[test]
fn only_users_that_may_hold_roles_do() {
    let policy = policy(&[("editor", "*", "*", "*", "allow")]);
    let question = ask("doc", "1", "read");
    assert!(allowed(&policy, &question));
    assert!(!allowed(
        &policy,
        &Question {
            subject_type: "service",
            ..question
        }
    ));
    assert!(!allowed(
        &policy,
        &Question {
            subject_id: "bob",
            ..question
        }
    ));
    let barred = SubjectPolicy {
        may_hold_roles: false,
        ..policy
    };
    assert!(!allowed(&barred, &question));
}

#[test]
fn stored_properties_and_attributes_reach_conditions() {
    let mut policy = policy(&[
        ("editor", "doc", "*", "*", "allow"),
        ("editor", "doc", "*", "*", "deny"),
    ]);
    policy.attributes = r#"{"department": "sales"}"#.to_owned();
    policy.lines[0].condition =
        Some("resource.properties.owner == subject.properties.department".to_owned());
    policy.lines[1].condition = Some("resource.properties.locked".to_owned());
    let decided = |properties: serde_json::Value| {
        decide(
            &policy,
            &ask("doc", "1", "read"),
            Some(&properties.to_string()),
            NOW,
        )
        .allowed
    };
    assert!(decided(json!({"owner": "sales", "locked": false})));
    assert!(!decided(json!({"owner": "sales", "locked": true})));
    assert!(!decided(json!({"owner": "sales"})), "an error never allows");
    assert!(!decided(json!({"owner": "law", "locked": false})));
}

#[test]
fn stored_properties_are_asked_for_where_they_can_matter() {
    let mut policy = policy(&[
        ("reader", "doc", "1", "read", "allow"),
        ("ghost", "doc", "2", "read", "allow"),
        ("reader", "doc", "*", "write", "deny"),
    ]);
    let condition = |text: &str| Some(text.to_owned());
    policy.lines[0].condition = condition("resource.properties.open");
    policy.lines[1].condition = condition("resource.properties.open");
    policy.lines[2].condition = condition("resource.id == '1'");
    let reads = |policy: &SubjectPolicy, of_type, id, action| {
        reads_resource(policy, &ask(of_type, id, action), NOW)
    };
    assert!(reads(&policy, "doc", "1", "read"));
    assert!(!reads(&policy, "doc", "2", "read"), "a role that has ended");
    assert!(!reads(&policy, "doc", "1", "write"), "another condition");
    assert!(!reads(&policy, "file", "1", "read"));
    policy.may_hold_roles = false;
    assert!(!reads(&policy, "doc", "1", "read"));
}

#[test]
fn one_decision_leaves_nothing_to_the_next() {
    let lines = [("editor", "doc", "1", "read", "allow")];
    let question = ask("doc", "1", "read");
    for _ in 0..3 {
        assert!(allowed(&policy(&lines), &question));
        let other = SubjectPolicy {
            assignments: Vec::new(),
            ..policy(&lines)
        };
        assert!(!allowed(&other, &question));
        assert!(!allowed(&policy(&[]), &question));
    }
}

/// Casbin follows nine roles in a row, and a cycle as long as it leads to new roles.
#[test]
fn depth_and_circles_are_as_casbin_has_them() {
    let chain = |length: usize, circle: bool| {
        let mut policy = policy(&[("r0", "doc", "1", "read", "allow")]);
        policy.assignments = vec![crate::Assignment {
            role: format!("r{length}"),
            until: None,
            by_group: None,
        }];
        policy.inherits = (0..length)
            .map(|i| (format!("r{}", i + 1), format!("r{i}")))
            .collect();
        if circle {
            policy
                .inherits
                .push(("r0".to_owned(), format!("r{length}")));
        }
        allowed(&policy, &ask("doc", "1", "read"))
    };
    assert!(chain(8, false));
    assert!(!chain(9, false));
    assert!(chain(8, true));
    assert!(!chain(1_000, true));
}
