//! Decisions, requested in batches.

use std::thread;

use serde::Deserialize;
use serde_json::Value;

use super::{Client, Failure};
use crate::batches;

const PATH: &str = "/access/v1/evaluations";

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was decided.
    Decided {
        /// Whether it is allowed.
        decision: bool,
        /// The reason, if the Shell gave one.
        reason: Option<String>,
    },
    /// It could not be decided, which the Shell answers in the form of a denial.
    Undecided {
        /// The error's HTTP status, if it has one.
        status: Option<u64>,
        /// What went wrong.
        message: String,
    },
}

#[derive(Deserialize)]
struct Decisions {
    evaluations: Vec<Decision>,
}

#[derive(Deserialize)]
struct Decision {
    decision: bool,
    #[serde(default)]
    context: Option<Context>,
}

#[derive(Deserialize)]
struct Context {
    reason: Option<Value>,
    error: Option<Value>,
}

/// Sends a batch. Questions for which the Shell had no time are sent again, a few times.
pub fn evaluate(client: &Client, questions: &[&str]) -> Result<Vec<Answer>, Failure> {
    let mut answers = ask(client, questions)?;
    for wait in client.patience.0 {
        let late: Vec<_> = (0..)
            .zip(&answers)
            .filter(|(_, answer)| answer.is_late())
            .map(|(at, _)| at)
            .collect();
        if late.is_empty() {
            break;
        }
        thread::sleep(*wait);
        let again: Vec<_> = late
            .iter()
            .filter_map(|at: &usize| questions.get(*at).copied())
            .collect();
        for (at, answer) in late.into_iter().zip(ask(client, &again)?) {
            if let Some(place) = answers.get_mut(at) {
                *place = answer;
            }
        }
    }
    Ok(answers)
}

fn ask(client: &Client, questions: &[&str]) -> Result<Vec<Answer>, Failure> {
    let body = batches::body(questions.iter().copied());
    let answer = client.post(PATH, &body)?;
    let next = "is the address that of a Shell (--url, or SHELL_URL)?";
    let Ok(Decisions { evaluations }) = serde_json::from_str(&answer) else {
        return Err(Failure::new("the answer contains no decisions", next));
    };
    if evaluations.len() != questions.len() {
        let what = format!(
            "{} evaluations got {} answers",
            questions.len(),
            evaluations.len()
        );
        return Err(Failure::new(what, next));
    }
    Ok(evaluations.into_iter().map(Answer::from).collect())
}

impl Answer {
    fn is_late(&self) -> bool {
        matches!(
            self,
            Self::Undecided {
                status: Some(503),
                ..
            }
        )
    }
}

impl From<Decision> for Answer {
    fn from(Decision { decision, context }: Decision) -> Self {
        let (reason, error) =
            context.map_or((None, None), |context| (context.reason, context.error));
        match error {
            None => Self::Decided {
                decision,
                reason: reason.map(text),
            },
            Some(error) => Self::Undecided {
                status: error.get("status").and_then(Value::as_u64),
                message: text(error.get("message").unwrap_or(&error).clone()),
            },
        }
    }
}

/// A text, or any other value as JSON.
fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub::{Canned, Stub};

    fn canned(evaluations: &Value) -> Canned {
        (
            200,
            "",
            serde_json::json!({"evaluations": evaluations}).to_string(),
        )
    }

    fn decided(decision: bool) -> Answer {
        Answer::Decided {
            decision,
            reason: None,
        }
    }

    #[test]
    fn decisions_come_with_their_reasons_or_errors() {
        let stub = Stub::answering([canned(&serde_json::json!([
            {"decision": true},
            {"decision": false, "context": {"reason": "no line allows it", "more": 1}},
            {"decision": false, "context": {"reason": {"en": "no"}}},
            {"decision": false, "context": {"error": {"status": 400, "message": "no"}}},
            {"decision": false, "context": {"error": "no"}},
        ]))]);
        let answers = evaluate(&stub.client(None), &["1", "2", "3", "4", "5"]).unwrap();
        let reason = |reason: &str| Answer::Decided {
            decision: false,
            reason: Some(reason.to_owned()),
        };
        let undecided = |status| Answer::Undecided {
            status,
            message: "no".to_owned(),
        };
        assert_eq!(
            answers,
            [
                decided(true),
                reason("no line allows it"),
                reason("{\"en\":\"no\"}"),
                undecided(Some(400)),
                undecided(None),
            ]
        );
        let (head, body) = stub.requests().remove(0);
        assert!(head.starts_with("post /access/v1/evaluations "), "{head}");
        assert_eq!(body, r#"{"evaluations":[1,2,3,4,5]}"#);
    }

    #[test]
    fn those_for_which_there_was_no_time_are_asked_again() {
        let late = serde_json::json!({"decision": false, "context": {"error": {"status": 503, "message": "late"}}});
        let yes = serde_json::json!({"decision": true});
        let stub = Stub::answering([
            canned(&serde_json::json!([yes, late, yes, late])),
            canned(&serde_json::json!([yes, late])),
            canned(&serde_json::json!([{"decision": false}])),
        ]);
        let answers = evaluate(&stub.client(None), &["1", "2", "3", "4"]).unwrap();
        assert_eq!(
            answers,
            [decided(true), decided(true), decided(true), decided(false)]
        );
        let bodies: Vec<_> = stub.requests().into_iter().map(|(_, body)| body).collect();
        assert_eq!(
            bodies[1..],
            [r#"{"evaluations":[2,4]}"#, r#"{"evaluations":[4]}"#]
        );

        let stub = Stub::answering((0..5).map(|_| canned(&serde_json::json!([late]))));
        let answers = evaluate(&stub.client(None), &["1"]).unwrap();
        assert!(answers[0].is_late());
        assert_eq!(stub.requests().len(), 4);
    }

    #[test]
    fn what_is_no_decision_is_a_failure() {
        for body in [
            "",
            "<html>",
            "[]",
            r#"{"decision":true}"#,
            r#"{"evaluations":[{}]}"#,
            r#"{"evaluations":[{"decision":"true"}]}"#,
            r#"{"evaluations":[]}"#,
            r#"{"evaluations":[{"decision":true},{"decision":true}]}"#,
        ] {
            let stub = Stub::answering([(200, "", body.to_owned())]);
            assert!(evaluate(&stub.client(None), &["1"]).is_err(), "{body}");
        }
    }
}
