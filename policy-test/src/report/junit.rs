//! The report for CI: JUnit's XML, in the form that most readers accept.

use std::collections::HashMap;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::terminal::details;
use super::{Tally, plain};
use crate::files::{Case, File};
use crate::run::{Outcome, Verdict};

/// Writes a suite for each file, with a test case for each of its cases.
pub fn write(to: &mut impl io::Write, files: &[File], outcome: &Outcome) -> io::Result<()> {
    let mut verdicts = outcome.verdicts.as_slice();
    let mut writer = Writer::new_with_indent(to, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = counts(Tally::of(verdicts));
    let suites = writer
        .create_element("testsuites")
        .with_attribute(("name", "policy-test"));
    suites
        .with_attributes(pairs(&counts))
        .write_inner_content(|writer| {
            for file in files {
                let (own, others) = verdicts
                    .split_at_checked(file.cases.len())
                    .unwrap_or_default();
                verdicts = others;
                write_suite(writer, file, own)?;
            }
            Ok(())
        })?;
    writeln!(writer.get_mut())
}

fn write_suite<W: io::Write>(
    writer: &mut Writer<W>,
    file: &File,
    verdicts: &[Verdict],
) -> io::Result<()> {
    let (name, counts) = (plain(&file.name), counts(Tally::of(verdicts)));
    let suite = writer
        .create_element("testsuite")
        .with_attribute(("name", name.as_str()));
    let suite = suite
        .with_attributes(pairs(&counts))
        .with_attribute(("skipped", "0"));
    suite.write_inner_content(|writer| {
        let mut seen = HashMap::new();
        for (case, verdict) in file.cases.iter().zip(verdicts) {
            let times = seen.entry(&case.name).or_insert(0);
            *times += 1;
            // Readers treat two test cases with the same name as one.
            let unique = if *times > 1 {
                format!("{} ({times})", case.name)
            } else {
                case.name.clone()
            };
            write_case(writer, &name, &plain(&unique), case, verdict)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_case<W: io::Write>(
    writer: &mut Writer<W>,
    file: &str,
    name: &str,
    case: &Case,
    verdict: &Verdict,
) -> io::Result<()> {
    let line = case.at.line.to_string();
    let element = writer.create_element("testcase").with_attributes([
        ("name", name),
        ("classname", file),
        ("file", file),
        ("line", &line),
    ]);
    let kind = match verdict {
        Verdict::AsExpected => {
            element.write_empty()?;
            return Ok(());
        }
        Verdict::Otherwise { .. } => "failure",
        Verdict::Undecided { .. } | Verdict::NotAsked => "error",
    };
    let details: Vec<_> = details(case, verdict)
        .iter()
        .map(|line| plain(line))
        .collect();
    let message = details
        .iter()
        .find(|line| line.starts_with("expected "))
        .or(details.last());
    let message = message.map(String::as_str).unwrap_or_default();
    let text = details.join("\n");
    element.write_inner_content(|writer| {
        let told = writer
            .create_element(kind)
            .with_attribute(("message", message));
        told.write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}

fn counts(tally: Tally) -> [(&'static str, String); 3] {
    [
        ("tests", tally.total().to_string()),
        ("failures", tally.failed.to_string()),
        ("errors", tally.without_decision().to_string()),
    ]
}

fn pairs<'c>(counts: &'c [(&'static str, String)]) -> impl Iterator<Item = (&'c str, &'c str)> {
    counts.iter().map(|(name, count)| (*name, count.as_str()))
}
