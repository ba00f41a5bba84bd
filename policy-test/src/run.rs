//! Asking for the decisions on all cases, and comparing them.

use crate::batches;
use crate::files::{Case, Decision, File};
use crate::report::Progress;
use crate::shell::{self, Answer, Client, Explanation, Failure};

/// The result of a case.
#[derive(Debug)]
pub enum Verdict {
    /// It was decided as expected.
    AsExpected,
    /// It was decided otherwise.
    Otherwise {
        /// The reason, in the Shell's words.
        reason: Option<String>,
        /// The full explanation.
        explanation: Option<Explanation>,
    },
    /// The Shell could not decide it. This is not a denial, although the answer has the form of one.
    Undecided {
        /// The error's HTTP status.
        status: Option<u64>,
        /// What went wrong.
        message: String,
    },
    /// The run ended before this case.
    NotAsked,
}

/// The results of all cases.
#[derive(Debug)]
pub struct Outcome {
    /// One for each case, in the order of the files and their cases.
    pub verdicts: Vec<Verdict>,
    /// Why the run ended early, if it did.
    pub failure: Option<Failure>,
    /// Why decisions are not explained, if some should have been.
    pub unexplained: Option<Failure>,
}

/// Asks for all decisions, and for explanations of those that differ from the expected ones.
pub fn run(client: &Client, files: &[File], progress: &Progress) -> Outcome {
    let cases: Vec<_> = files.iter().flat_map(|file| &file.cases).collect();
    let mut verdicts = Vec::with_capacity(cases.len());
    let mut failure = None;
    for batch in batches::of(cases.iter().map(|case| case.question.len())) {
        progress.tell("asked", verdicts.len(), cases.len());
        let asked = cases.get(batch).unwrap_or_default();
        let questions: Vec<_> = asked.iter().map(|case| case.question.as_str()).collect();
        match shell::evaluate(client, &questions) {
            Ok(answers) => verdicts.extend(
                asked
                    .iter()
                    .zip(answers)
                    .map(|(case, answer)| compare(case, answer)),
            ),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    verdicts.resize_with(cases.len(), || Verdict::NotAsked);
    // If the Shell has just failed, it gets no further requests.
    let unexplained = if failure.is_none() {
        explain(client, &cases, &mut verdicts, progress)
    } else {
        None
    };
    Outcome {
        verdicts,
        failure,
        unexplained,
    }
}

fn compare(case: &Case, answer: Answer) -> Verdict {
    match answer {
        Answer::Decided { decision, .. } if Decision::of(decision) == case.expect => {
            Verdict::AsExpected
        }
        Answer::Decided { reason, .. } => Verdict::Otherwise {
            reason,
            explanation: None,
        },
        Answer::Undecided { status, message } => Verdict::Undecided { status, message },
    }
}

/// Stops at the first one that cannot be explained, since the next one could not be either.
fn explain(
    client: &Client,
    cases: &[&Case],
    verdicts: &mut [Verdict],
    progress: &Progress,
) -> Option<Failure> {
    let is_open = |verdict: &&mut Verdict| matches!(verdict, Verdict::Otherwise { .. });
    let total = verdicts.iter_mut().filter(is_open).count();
    let mut done = 0;
    for (case, verdict) in cases.iter().zip(verdicts) {
        let Verdict::Otherwise {
            reason,
            explanation,
        } = verdict
        else {
            continue;
        };
        progress.tell("explained", done, total);
        match shell::explain(client, &case.question) {
            Ok(explained) => {
                let said = explained.reason().map(str::to_owned);
                *reason = reason.take().or(said);
                *explanation = Some(explained);
            }
            Err(failure) => return Some(failure),
        }
        done += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::files;
    use crate::stub::{Canned, Stub};

    const CASES: &str = "
- {subject: alice, action: read, resource: doc/1, expect: allow}
- {subject: alice, action: read, resource: doc/2, expect: deny}
- {subject: alice, action: read, resource: doc/3, expect: allow}
- {subject: alice, action: read, resource: doc/4, expect: deny}
";

    fn decisions() -> Canned {
        let refused = json!({"error": {"status": 400, "message": "no"}});
        let evaluations = json!([{"decision": true}, {"decision": true},
            {"decision": false, "context": {"reason": "r"}}, {"decision": false, "context": refused}]);
        (200, "", json!({"evaluations": evaluations}).to_string())
    }

    fn ask(answers: impl IntoIterator<Item = Canned>) -> (Outcome, Vec<(String, String)>) {
        let stub = Stub::answering(answers);
        let files = [files::parse("cases.yaml".to_owned(), CASES).unwrap()];
        let outcome = run(&stub.client(None), &files, &Progress::begin());
        (outcome, stub.requests())
    }

    #[test]
    fn what_came_out_otherwise_is_explained() {
        let explained = |reason: &str| (200, "", json!({"reason": reason}).to_string());
        let (outcome, requests) = ask([decisions(), explained("a line"), explained("another")]);
        assert!(outcome.failure.is_none() && outcome.unexplained.is_none());
        assert!(matches!(outcome.verdicts[0], Verdict::AsExpected));
        for (verdict, expected) in outcome.verdicts[1..3].iter().zip(["a line", "r"]) {
            let Verdict::Otherwise {
                reason,
                explanation: Some(_),
            } = verdict
            else {
                panic!("{verdict:?}")
            };
            assert_eq!(reason.as_deref(), Some(expected));
        }
        // The case expects a denial, and still does not pass.
        assert!(matches!(
            outcome.verdicts[3],
            Verdict::Undecided {
                status: Some(400),
                ..
            }
        ));
        let (head, body) = &requests[1];
        assert!(head.starts_with("post /v1/access/explain "), "{head}");
        assert!(
            body.contains(r#""resource":{"id":"2","type":"doc"}"#),
            "{body}"
        );
    }

    #[test]
    fn who_may_not_read_roles_is_told_so_once() {
        for (status, next) in [(403, "`read` on `role:*`"), (404, "a newer version")] {
            let refused = (status, "", String::new());
            let (outcome, requests) = ask([decisions(), refused.clone(), refused]);
            assert!(outcome.failure.is_none());
            assert!(outcome.unexplained.unwrap().next.contains(next));
            assert_eq!(requests.len(), 2);
        }
    }

    #[test]
    fn a_shell_that_fails_is_asked_no_more() {
        let (outcome, requests) = ask([(401, "", String::new()), decisions()]);
        assert_eq!(outcome.failure.unwrap().status, Some(401));
        assert!(
            outcome
                .verdicts
                .iter()
                .all(|verdict| matches!(verdict, Verdict::NotAsked))
        );
        assert_eq!((outcome.verdicts.len(), requests.len()), (4, 1));
    }
}
