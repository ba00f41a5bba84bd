//! Answers with decisions.

use serde::Serialize;
use service::{http::response::to_json, problem::Problem};

use super::{
    evaluation::Evaluation,
    fields::Faults,
    grounds::Grounds,
    request::{Asked, Form, Semantic},
};

/// An answer with decisions.
pub struct Answer {
    /// The body.
    pub body: Vec<u8>,
    /// Why something could not be decided, and was denied, for the log.
    pub failure: Option<String>,
}

#[derive(Serialize)]
struct Decision {
    decision: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context>,
    #[serde(skip)]
    failure: Option<String>,
}

#[derive(Serialize)]
struct Context {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct Error {
    status: u16,
    message: String,
}

#[derive(Serialize)]
struct Decisions<'d> {
    evaluations: &'d [Decision],
}

/// Decides the evaluations and writes the answer, with reasons for callers that may know them.
///
/// `has_time` says whether there is time for another one: while conditions are evaluated, other requests wait.
pub fn answer(
    asked: &Asked<'_>,
    grounds: &Grounds<'_>,
    with_reasons: bool,
    has_time: impl Fn() -> bool,
) -> Result<Answer, Problem> {
    let mut decisions = asked.evaluations().map(|evaluation| {
        if !has_time() {
            return Decision::without_time(with_reasons);
        }
        evaluation
            .and_then(|evaluation| {
                if with_reasons {
                    explained(&evaluation, grounds)
                } else {
                    decided(&evaluation, grounds)
                }
            })
            .unwrap_or_else(Decision::of_faulty)
    });
    match asked.form {
        Form::One => {
            let decision = decisions.next();
            let decision = decision.ok_or_else(|| Problem::internal("nothing was asked"))?;
            Ok(Answer {
                body: to_json(&decision)?,
                failure: decision.failure,
            })
        }
        Form::Several(semantic) => {
            let evaluations = until_the_end(decisions, semantic);
            let body = to_json(&Decisions {
                evaluations: &evaluations,
            })?;
            let failure = evaluations
                .into_iter()
                .find_map(|decision| decision.failure);
            Ok(Answer { body, failure })
        }
    }
}

impl Decision {
    /// An invalid evaluation cannot be decided, and is denied.
    fn of_faulty(faults: Faults) -> Self {
        let faults: Vec<_> = faults
            .iter()
            .map(|fault| match fault.pointer.as_str() {
                "" => fault.detail.clone(),
                pointer => format!("{pointer}: {}", fault.detail),
            })
            .collect();
        Self::denied(400, faults.join("; "), None)
    }

    fn without_time(with_reasons: bool) -> Self {
        let message = "the request took too long; ask for fewer at once";
        let reason = "there was no time left to decide it, so it is denied";
        let reason = with_reasons.then(|| reason.to_owned());
        Self::denied(503, message.to_owned(), reason)
    }

    fn denied(status: u16, message: String, reason: Option<String>) -> Self {
        let error = Some(Error { status, message });
        Self {
            decision: false,
            context: Some(Context { error, reason }),
            failure: None,
        }
    }
}

fn decided(evaluation: &Evaluation<'_, '_>, grounds: &Grounds<'_>) -> Result<Decision, Faults> {
    let decision = grounds.decide(evaluation)?;
    Ok(Decision {
        decision: decision.allowed,
        context: None,
        failure: decision.failure,
    })
}

fn explained(evaluation: &Evaluation<'_, '_>, grounds: &Grounds<'_>) -> Result<Decision, Faults> {
    let question = grounds.question(evaluation)?;
    let explanation = grounds.explain(&question);
    Ok(Decision {
        decision: explanation.decision.allowed,
        context: Some(Context {
            error: None,
            reason: Some(explanation.reason(&question)),
        }),
        failure: explanation.decision.failure,
    })
}

/// The decisions up to and including the one that ends them.
fn until_the_end(decisions: impl Iterator<Item = Decision>, semantic: Semantic) -> Vec<Decision> {
    let mut made = Vec::new();
    for decision in decisions {
        let ends = match semantic {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !decision.decision,
            Semantic::PermitOnFirstPermit => decision.decision,
        };
        made.push(decision);
        if ends {
            break;
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use access::policies::KeptPolicy;
    use serde_json::{Value, json};

    use super::*;

    /// Alice may read `doc:1`, and `doc:2` if her `level` is 7, by her stored attributes or by what was sent.
    fn policies() -> HashMap<String, KeptPolicy> {
        let line = |id: &str, condition: Option<&str>| {
            json!({"role": "reader", "type": "doc", "id": id, "action": "read",
                "effect": "allow", "condition": condition})
        };
        let policy = json!({
            "subject": "alice", "may_hold_roles": true, "attributes": "{\"level\": 1}",
            "assignments": [{"role": "reader", "until": null}], "inherits": [],
            "lines": [line("1", None), line("2", Some("subject.properties.level == 7"))],
        });
        let policy = serde_json::from_value(policy).unwrap();
        let kept = KeptPolicy::new(1, &policy).unwrap();
        HashMap::from([("alice".to_owned(), kept)])
    }

    fn ask(body: &Value, caller: Option<&str>) -> Value {
        let body = body.to_string();
        let asked = Asked::several(&body).unwrap();
        let policies = policies();
        let grounds = Grounds::new(&policies, caller, 0).unwrap();
        let answer = answer(&asked, &grounds, false, || true).unwrap();
        assert_eq!(answer.failure, None);
        serde_json::from_slice(&answer.body).unwrap()
    }

    fn about(kind: &str, id: &str, document: &str, level: Option<i32>) -> Value {
        let mut body = json!({
            "subject": {"type": kind, "id": id}, "action": {"name": "read"},
            "resource": {"type": "doc", "id": document},
        });
        if let Some(level) = level {
            body["subject"]["properties"] = json!({"level": level});
        }
        body
    }

    #[test]
    fn one_is_answered_as_one() {
        assert_eq!(
            ask(&about("user", "alice", "1", None), None),
            json!({"decision": true})
        );
        assert_eq!(
            ask(&about("user", "alice", "3", None), None),
            json!({"decision": false})
        );
        assert_eq!(
            ask(&about("user", "bob", "1", None), None),
            json!({"decision": false})
        );
        assert_eq!(
            ask(&about("group", "alice", "1", None), None),
            json!({"decision": false})
        );
    }

    #[test]
    fn nobody_promotes_itself() {
        let body = about("user", "alice", "2", Some(7));
        assert_eq!(ask(&body, Some("svc"))["decision"], true);
        assert_eq!(ask(&body, None)["decision"], true);
        assert_eq!(ask(&body, Some("alice"))["decision"], false);
        let body = json!({"evaluations": [body]});
        assert_eq!(
            ask(&body, Some("alice"))["evaluations"][0]["decision"],
            false
        );
    }

    fn several(semantic: Option<&str>, documents: &[&str]) -> Vec<Value> {
        let mut body = about("user", "alice", "1", None);
        let item = |document: &&str| match *document {
            "?" => json!({"resource": {}}),
            document => json!({"resource": {"type": "doc", "id": document}}),
        };
        body["evaluations"] = documents.iter().map(item).collect();
        if let Some(semantic) = semantic {
            body["options"] = json!({"evaluations_semantic": semantic});
        }
        let answer = ask(&body, None);
        assert_eq!(answer.as_object().unwrap().len(), 1);
        answer["evaluations"].as_array().unwrap().clone()
    }

    fn check(semantic: Option<&str>, documents: &[&str], expected: &[bool]) {
        let answer = several(semantic, documents);
        let decisions = answer
            .iter()
            .map(|item| item["decision"].as_bool().unwrap());
        assert_eq!(
            decisions.collect::<Vec<_>>(),
            expected,
            "{semantic:?} {documents:?}"
        );
    }

    #[test]
    fn evaluation_ends_where_the_semantic_ends_it() {
        for all in [None, Some("execute_all")] {
            check(all, &["1", "3", "?", "1"], &[true, false, false, true]);
        }
        let deny = Some("deny_on_first_deny");
        check(deny, &["1", "1", "3", "1"], &[true, true, false]);
        check(deny, &["1", "?", "1"], &[true, false]);
        check(deny, &["1", "1"], &[true, true]);
        let permit = Some("permit_on_first_permit");
        check(permit, &["3", "?", "1", "1"], &[false, false, true]);
        check(permit, &["3", "3"], &[false, false]);
    }

    #[test]
    fn what_there_is_no_time_for_is_denied_and_says_so() {
        let mut body = about("user", "alice", "1", None);
        body["evaluations"] = json!([{}, {}, {}]);
        let body = body.to_string();
        let asked = Asked::several(&body).unwrap();
        let policies = policies();
        let grounds = Grounds::new(&policies, None, 0).unwrap();
        let left = std::cell::Cell::new(2);
        let has_time = || left.replace(left.get() - 1) > 0;
        let answer = answer(&asked, &grounds, true, has_time).unwrap();
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        let items = answer["evaluations"].as_array().unwrap();
        let decisions: Vec<_> = items.iter().map(|item| &item["decision"]).collect();
        assert_eq!(decisions, [true, true, false]);
        assert_eq!(items[2]["context"]["error"]["status"], 503);
        let reason = |item: &Value| item["context"]["reason"].as_str().unwrap().to_owned();
        assert_eq!(
            reason(&items[0]),
            "the role reader allows read on doc:1; alice was assigned it"
        );
        assert!(reason(&items[2]).starts_with("there was no time left"));
    }

    #[test]
    fn a_faulty_item_says_what_was_expected() {
        let expected = "expected 1 to 255 characters, no control characters";
        let message = format!("/resource/type: {expected}; /resource/id: {expected}");
        let error = json!({"error": {"status": 400, "message": message}});
        let answer = several(None, &["?"]);
        assert_eq!(answer, [json!({"decision": false, "context": error})]);
    }
}
