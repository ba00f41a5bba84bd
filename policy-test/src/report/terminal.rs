//! The report for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Tally, plain};
use crate::files::{Case, Fault, File};
use crate::run::{Outcome, Verdict};

const FAIL: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default().bold();
const PASS: Style = AnsiColor::Green.on_default().bold();

/// Writes the errors in a file, in the format of compilers.
pub fn write_faults(to: &mut impl Write, file: &str, faults: &[Fault]) -> io::Result<()> {
    let file = plain(file);
    for Fault { at, what } in faults {
        let at = at.map(|at| format!("{at}:")).unwrap_or_default();
        writeln!(to, "{FAIL}{file}:{at}{FAIL:#} {}", plain(what))?;
    }
    Ok(())
}

/// Writes each case that did not pass, and how many did.
pub fn write(to: &mut impl Write, files: &[File], outcome: &Outcome) -> io::Result<()> {
    let mut verdicts = outcome.verdicts.iter();
    for file in files {
        for (case, verdict) in file.cases.iter().zip(verdicts.by_ref()) {
            write_case(to, &file.name, case, verdict)?;
        }
    }
    if let Some(unexplained) = &outcome.unexplained {
        writeln!(
            to,
            "No lines are shown: {}",
            plain(&unexplained.to_string())
        )?;
    }
    let tally = Tally::of(&outcome.verdicts);
    let style = match tally.exit_status() {
        0 => PASS,
        1 => FAIL,
        _ => OPEN,
    };
    writeln!(to, "{style}{tally}{style:#}")
}

fn write_case(to: &mut impl Write, file: &str, case: &Case, verdict: &Verdict) -> io::Result<()> {
    let (style, word) = match verdict {
        Verdict::AsExpected | Verdict::NotAsked => return Ok(()),
        Verdict::Otherwise { .. } => (FAIL, "FAIL "),
        Verdict::Undecided { .. } => (OPEN, "ERROR"),
    };
    writeln!(
        to,
        "{style}{word}{style:#} {}:{}: {}",
        plain(file),
        case.at,
        plain(&case.name)
    )?;
    for line in details(case, verdict) {
        writeln!(to, "      {}", plain(&line))?;
    }
    Ok(())
}

/// The details of a case that did not pass.
pub fn details(case: &Case, verdict: &Verdict) -> Vec<String> {
    let mut details = Vec::new();
    if case.name != case.words {
        details.push(case.words.clone());
    }
    match verdict {
        Verdict::AsExpected => {}
        Verdict::NotAsked => details.push("it was not sent".to_owned()),
        Verdict::Otherwise {
            reason,
            explanation,
        } => {
            let came = case.expect.opposite();
            details.push(format!("expected {}, but was {came}", case.expect));
            details.extend(reason.iter().map(|reason| format!("reason: {reason}")));
            details.extend(
                explanation
                    .iter()
                    .flat_map(|explanation| explanation.told(came)),
            );
        }
        Verdict::Undecided { status, message } => {
            let status = status
                .map(|status| format!(" ({status})"))
                .unwrap_or_default();
            details.push(format!(
                "expected {}, but it could not be decided{status}: {message}",
                case.expect
            ));
        }
    }
    details
}
