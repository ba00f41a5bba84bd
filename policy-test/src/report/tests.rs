use super::*;
use crate::files::{self, File};
use crate::run::{Outcome, Verdict};
use crate::shell::Failure;

fn files() -> [File; 2] {
    let cases = "
- {subject: alice, action: read, resource: doc/1, expect: allow}
- {subject: alice, action: read, resource: doc/1, expect: allow, context: {n: 1}}
- {subject: alice, action: read, resource: doc/2, expect: deny, name: \"<no> & 'no'\"}
";
    let more = "- {subject: bob, action: read, resource: doc/1, expect: deny}";
    [("a.yaml", cases), ("\u{1b}b.yaml", more)]
        .map(|(name, text)| files::parse(name.to_owned(), text).unwrap())
}

fn outcome() -> Outcome {
    Outcome {
        verdicts: vec![
            Verdict::AsExpected,
            Verdict::Undecided {
                status: Some(400),
                message: "/context: too large".to_owned(),
            },
            Verdict::Otherwise {
                reason: Some("a line\u{1b}[2J allows it".to_owned()),
                explanation: Some(serde_json::from_str("{}").unwrap()),
            },
            Verdict::NotAsked,
        ],
        failure: None,
        unexplained: Some(Failure::new("refused (403)", "ask for the right")),
    }
}

#[test]
fn people_read_what_did_not_come_out_as_expected() {
    let mut text = Vec::new();
    write_text(&mut text, &files(), &outcome()).unwrap();
    let text = String::from_utf8(text).unwrap();
    let expected = "\
ERROR a.yaml:3:3: alice may read doc/1
      expected allow, but it could not be decided (400): /context: too large
FAIL  a.yaml:4:3: <no> & 'no'
      alice may not read doc/2
      expected deny, but was allow
      reason: a line\\u{1b}[2J allows it
      no line decided
      holds no role
No lines are shown: refused (403): ask for the right
4 cases: 1 passed, 1 failed, 1 not decided, 1 not sent
";
    assert_eq!(anstream::adapter::strip_str(&text).to_string(), expected);
}

#[test]
fn faults_are_written_as_compilers_write_them() {
    let faults = files::parse("a.yaml".to_owned(), "- 7\n- []\n").unwrap_err();
    let mut text = Vec::new();
    write_faults(&mut text, "a.yaml", &faults).unwrap();
    let text = String::from_utf8(text).unwrap();
    let text = anstream::adapter::strip_str(&text).to_string();
    let places: Vec<_> = text
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(places, ["a.yaml:1:3:", "a.yaml:2:3:"]);
}

#[test]
fn ci_reads_junit() {
    let mut xml = Vec::new();
    write_junit(&mut xml, &files(), &outcome()).unwrap();
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="policy-test" tests="4" failures="1" errors="2">
  <testsuite name="a.yaml" tests="3" failures="1" errors="1" skipped="0">
    <testcase name="alice may read doc/1" classname="a.yaml" file="a.yaml" line="2"/>
    <testcase name="alice may read doc/1 (2)" classname="a.yaml" file="a.yaml" line="3">
      <error message="expected allow, but it could not be decided (400): /context: too large">expected allow, but it could not be decided (400): /context: too large</error>
    </testcase>
    <testcase name="&lt;no&gt; &amp; &apos;no&apos;" classname="a.yaml" file="a.yaml" line="4">
      <failure message="expected deny, but was allow">alice may not read doc/2
expected deny, but was allow
reason: a line\u{1b}[2J allows it
no line decided
holds no role</failure>
    </testcase>
  </testsuite>
  <testsuite name="\u{1b}b.yaml" tests="1" failures="0" errors="1" skipped="0">
    <testcase name="bob may not read doc/1" classname="\u{1b}b.yaml" file="\u{1b}b.yaml" line="1">
      <error message="it was not sent">it was not sent</error>
    </testcase>
  </testsuite>
</testsuites>
"#;
    assert_eq!(String::from_utf8(xml).unwrap(), expected);
}
