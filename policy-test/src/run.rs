//! All cases, asked and compared.

use crate::batches;
use crate::files::{Case, Decision, File};
use crate::report::Progress;
use crate::shell::{self, Answer, Client, Explanation, Failure};

/// What became of a case.
#[derive(Debug)]
pub enum Verdict {
    /// It was decided as expected.
    AsExpected,
    /// It was decided otherwise.
    Otherwise {
        /// Why, in the Shell's words.
        reason: Option<String>,
        /// Why, in full.
        explanation: Option<Explanation>,
    },
    /// The Shell could not decide it: no denial, though it is answered as one.
    Undecided {
        /// As an HTTP status.
        status: Option<u64>,
        /// What was wrong.
        message: String,
    },
    /// Asking ended before.
    NotAsked,
}

/// What became of all cases.
#[derive(Debug)]
pub struct Outcome {
    /// One for each case, in the order of files and cases.
    pub verdicts: Vec<Verdict>,
    /// Why asking ended early.
    pub failure: Option<Failure>,
    /// Why decisions are not explained, where some are to be.
    pub unexplained: Option<Failure>,
}

/// Asks them, and why where one was decided otherwise.
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
    // A Shell that failed just now is not asked for more.
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

/// Up to the first that is not explained: neither will the next one be.
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
