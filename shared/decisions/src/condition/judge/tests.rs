use serde_json::json;

use super::*;
use crate::AskedBy;

fn object(json: serde_json::Value) -> Properties {
    json.as_object().unwrap().clone()
}

fn question(asked_by: AskedBy) -> Question<'static> {
    Question {
        asked_by,
        subject_type: "user",
        subject_id: "alice",
        subject_properties: None,
        action_name: "read",
        action_properties: None,
        resource_type: "doc",
        resource_id: "7",
        resource_properties: None,
        context: None,
    }
}

fn result(condition: &str, context: serde_json::Value) -> Option<bool> {
    let context = object(context);
    let question = Question {
        context: Some(&context),
        ..question(AskedBy::Service)
    };
    Judge::new(&question, "{}", None).result(condition)
}

#[test]
fn conditions_have_an_end_together() {
    let list: Vec<_> = (0..850).map(|n| n.to_string()).collect();
    let context = object(json!({"l": list}));
    let question = Question {
        context: Some(&context),
        ..question(AskedBy::Service)
    };
    let judge = Judge::new(&question, "{}", None);
    let costly = "context.l.exists(x, x in context.l && x == 'none')";
    let judged = (0..1_000).take_while(|_| judge.outcome(costly) == Outcome::DoesNotHold);
    let judged = judged.count();
    assert!((8..100).contains(&judged), "{judged}");
    // Many cheap conditions can be evaluated.
    let judge = Judge::new(&question, "{}", None);
    let all = (0..10_000).all(|_| judge.outcome("subject.id == 'alice'") == Outcome::Counts);
    assert!(all);
}

#[test]
fn what_conditions_see() {
    let see = |condition| {
        assert_eq!(
            result(condition, json!({"a": 1})),
            Some(true),
            "{condition}"
        )
    };
    see("subject.type == 'user' && subject.id == 'alice' && subject.properties == {}");
    see("action.name == 'read' && !has(action.properties.x)");
    see("resource.type == 'doc' && resource.id == '7'");
    see("context.a == 1 && !has(context.b)");
}

#[test]
fn numbers_compare_whatever_their_spelling() {
    let context: serde_json::Value = serde_json::from_str(
        r#"{"a": 3, "b": 3.0, "c": 30e-1, "list": [1, 3.0], "half": 3.5,
            "big": 9007199254740993, "bigger": 18446744073709551615}"#,
    )
    .unwrap();
    for condition in [
        "context.a == context.b && context.b == context.c",
        "context.a == 3 && context.a == 3.0 && context.a == 3u",
        "context.b == 3 && context.b == 3.0 && context.b == 3u",
        "context.a in context.list && context.b in [3] && context.a in [3.0]",
        "context.b + 1 == 4 && context.a < context.half && context.half > 3 && context.b >= 2.5",
        "[context.a] == [context.b] && {'x': context.a} == {'x': context.b}",
        "context.big != 9007199254740992 && context.big == 9007199254740993",
        "context.bigger > context.big && context.bigger > 1.5",
        "double(context.a) / 2.0 == 1.5",
    ] {
        assert_eq!(
            result(condition, context.clone()),
            Some(true),
            "{condition}"
        );
    }
}

#[test]
fn errors_are_no_result_and_or_absorbs_them() {
    let check = |condition, expected| {
        let context = json!({"t": true, "f": false, "n": 1, "s": "a", "list": [1, "a"]});
        assert_eq!(result(condition, context), expected, "{condition}");
    };
    check("context.missing == 1", None);
    check("has(context.missing)", Some(false));
    check("has(context.missing.deeper)", None);
    check("context.n < context.s", None);
    check("context.n", None);
    check("context.s", None);
    check("context.n == context.s", Some(false));
    check("context.missing || context.t", Some(true));
    check("context.t || context.missing", Some(true));
    check("context.missing || context.f", None);
    check("context.missing && context.f", Some(false));
    check("context.missing && context.t", None);
    check("context.list.exists(x, x > 0)", Some(true));
    check("context.list.all(x, x > 0)", None);
    check("1 / 0 == 1", None);
    check("9223372036854775807 + context.n > 0", None);
    check("context.list[5] == 1", None);
    check("not CEL", None);
    check(&"(".repeat(1_000), None);
}

#[test]
fn an_error_never_allows() {
    let context = Properties::new();
    let question = Question {
        context: Some(&context),
        ..question(AskedBy::Service)
    };
    let judge = Judge::new(&question, "{}", None);
    assert!(!judge.outcome("context.missing").counts(Effect::Allow));
    assert!(judge.outcome("context.missing").counts(Effect::Deny));
    assert!(!judge.outcome("false").counts(Effect::Deny));
    assert!(judge.outcome("true").counts(Effect::Allow));
}

/// Which values win: a stored value is 1, a value that was sent is 2, and each side has a name of its own.
#[test]
fn who_asks_decides_which_side_wins() {
    let stored = r#"{"both": 1, "stored": {"a": 1}}"#;
    let sent = object(json!({"both": 2, "sent": 2, "stored": {"b": 2}}));
    let check = |asked_by, condition: &str| {
        let question = Question {
            subject_properties: Some(&sent),
            resource_properties: Some(&sent),
            ..question(asked_by)
        };
        let judge = Judge::new(&question, stored, Some(stored));
        assert_eq!(
            judge.result(condition),
            Some(true),
            "{asked_by:?} {condition}"
        );
    };
    check(
        AskedBy::Service,
        "subject.properties == {'both': 2, 'sent': 2, 'stored': {'b': 2}}",
    );
    check(
        AskedBy::Service,
        "resource.properties == {'both': 2, 'sent': 2, 'stored': {'b': 2}}",
    );
    check(
        AskedBy::EndUser,
        "subject.properties == {'both': 1, 'stored': {'a': 1}}",
    );
    check(
        AskedBy::EndUser,
        "resource.properties == {'both': 1, 'sent': 2, 'stored': {'a': 1}}",
    );
}

#[test]
fn nothing_is_judged_beyond_the_bounds() {
    let large = object(json!({"a": "a".repeat(64 * 1024)}));
    let long = object(json!({"a": vec![0; 1_001]}));
    let none = Properties::new();
    for (context, attributes, stored) in [
        (&large, &none, &none),
        (&long, &none, &none),
        (&none, &large, &none),
        (&none, &none, &long),
    ] {
        let (attributes, stored) = (json!(attributes).to_string(), json!(stored).to_string());
        let question = Question {
            context: Some(context),
            ..question(AskedBy::Service)
        };
        assert_eq!(
            Judge::new(&question, &attributes, Some(&stored)).result("true"),
            None
        );
    }
}

#[test]
fn more_conditions_than_are_kept_are_judged_alike() {
    for round in 0..2 {
        for number in 0..600 {
            let condition = format!("context.n == {number}");
            let expected = number == 7;
            let found = result(&condition, json!({"n": 7}));
            assert_eq!(found, Some(expected), "{condition}, round {round}");
        }
    }
}
