//! From files to cases, or to all errors in the files.

use std::io::Read as _;
use std::path::Path;

use super::case::{self, Case};
use super::fault::{Fault, Faults, Place};
use super::tree::{self, Content};

/// The maximum size of a file in bytes: about 50,000 cases.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A file with cases.
#[derive(Debug)]
pub struct File {
    /// Its path as given on the command line.
    pub name: String,
    /// Its cases, at least one.
    pub cases: Vec<Case>,
}

/// Reads a file.
pub fn read(path: &Path) -> Result<File, Vec<Fault>> {
    let text = text(path).map_err(|fault| vec![fault])?;
    parse(path.display().to_string(), &text)
}

/// Reads a file's text.
pub fn parse(name: String, text: &str) -> Result<File, Vec<Fault>> {
    let cases = cases(text)?;
    Ok(File { name, cases })
}

fn text(path: &Path) -> Result<String, Fault> {
    let unread = |what: String| Fault { at: None, what };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| unread(error.to_string()))?;
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unread(error.to_string()))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
        return Err(unread("expected at most 16 MiB".to_owned()));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or_default());
        let last = before.rsplit('\n').next().unwrap_or_default();
        Fault {
            at: Some(Place {
                line: before.matches('\n').count() + 1,
                column: last.chars().count() + 1,
            }),
            what: "no UTF-8: expected a text in it".to_owned(),
        }
    })
}

fn cases(text: &str) -> Result<Vec<Case>, Vec<Fault>> {
    const START: Place = Place { line: 1, column: 1 };
    let mut faults = Faults::default();
    let mut cases = Vec::new();
    let root = tree::read(text, &mut faults);
    let at = root.as_ref().map_or(START, |root| root.at);
    match root.map(|root| (root.kind(), root.content)) {
        Some((_, Content::List(items))) => {
            if items.is_empty() {
                faults.add(at, "an empty list: expected at least one case");
            }
            cases.extend(
                items
                    .into_iter()
                    .filter_map(|item| case::read(item, &mut faults)),
            );
        }
        Some((kind, _)) => faults.add(at, format!("{kind}: expected a list of cases")),
        None => {}
    }
    case::check_names(&cases, &mut faults);
    let mut faults = faults.into_sorted();
    if faults.is_empty() && cases.is_empty() {
        let what = "nothing: expected a list of cases".to_owned();
        faults.push(Fault {
            at: Some(START),
            what,
        });
    }
    if faults.is_empty() {
        Ok(cases)
    } else {
        Err(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(faults: &[Fault]) -> Vec<String> {
        let told = |fault: &Fault| match fault.at {
            Some(at) => format!("{at}: {}", fault.what),
            None => fault.what.clone(),
        };
        faults.iter().map(told).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(
            told(&parse("a.yaml".to_owned(), text).unwrap_err()),
            expected
        );
    }

    #[test]
    fn a_file_is_a_list_of_cases() {
        check("", &["1:1: nothing: expected a list of cases"]);
        check("# only this", &["1:1: nothing: expected a list of cases"]);
        check("\n~", &["2:1: nothing: expected a list of cases"]);
        check("\n\n  {}", &["3:3: an object: expected a list of cases"]);
        check(" []", &["1:2: an empty list: expected at least one case"]);
    }

    #[test]
    fn faults_are_told_in_the_order_of_the_file() {
        let text = "- {subject: a, expect: 1, action: b, resource: c/d}\n- &x []\n- {}\n";
        check(
            text,
            &[
                "1:24: a number: expected allow or deny",
                "2:3: an anchor: expected none, since aliases are not supported",
                "2:3: a list: expected a case: subject, action, resource and expect, perhaps context and name",
                "3:3: no `subject`: expected it",
                "3:3: no `action`: expected it",
                "3:3: no `resource`: expected it",
                "3:3: no `expect`: expected it",
            ],
        );
    }

    #[test]
    fn what_cannot_be_read_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap_err()[0].at, None);
        let file = folder.path().join("cases.yaml");
        std::fs::write(&file, b"- a\n- \xc3\xa9\xff").unwrap();
        let faults = read(&file).unwrap_err();
        assert_eq!(told(&faults), ["2:4: no UTF-8: expected a text in it"]);
    }
}
