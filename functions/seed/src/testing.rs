//! Helpers that several files' unit tests need.

use vocabulary::Invalid;

use crate::{
    checking::check,
    column::Column,
    fault::Fault,
    file::{File, Run},
    references::References,
    table::Table,
};

/// The header of users.csv.
pub const USERS: &str = "organization,username,email,display_name,external_id,attributes\n";

/// The references of a database that has two organizations and a domain of the first.
pub fn references() -> References {
    let mut references = References::default();
    references.providers.insert("default".to_owned());
    for slug in ["acme", "globex"] {
        let entry = (slug.to_owned(), "default".to_owned());
        references.organizations.extend([entry]);
    }
    let domain = ("acme.example".to_owned(), "acme".to_owned());
    references.domains.extend([domain]);
    references
}

/// The errors in a file if that database has nothing else.
pub fn faults_of(file: &'static File, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    check(
        file,
        text.as_bytes(),
        Run::default(),
        &mut references(),
        &mut faults,
        |question| Ok(answered(question.function, "[]")),
    )
    .unwrap();
    faults.iter().map(Fault::to_string).collect()
}

/// The answer of a function that found these, and nothing of another kind.
pub fn answered(function: &str, found: &str) -> String {
    if function == "seed_assignment_faults" {
        format!(r#"{{"unknown": {found}, "without_administrators": []}}"#)
    } else {
        found.to_owned()
    }
}

/// The lines and columns of errors.
pub fn places(faults: &[String]) -> Vec<String> {
    let place = |fault: &String| {
        let mut parts = fault.splitn(4, ':').skip(1);
        Some(format!("{}:{}", parts.next()?, parts.next()?))
    };
    faults.iter().filter_map(place).collect()
}

/// A file of numbers.
pub static THINGS: File = File {
    name: "things.csv",
    describes: None,
    columns: &[
        Column::word("number", number),
        Column::words("parts", number),
        Column::word("note", any).optional(),
    ],
    keys: &[],
    numbered: &[],
    check: None,
    groups: None,
    steps: &[],
};

fn any(text: &str) -> Result<&str, Invalid> {
    Ok(text)
}

fn number(text: &str) -> Result<&str, Invalid> {
    let read = text.parse::<u8>();
    read.map(|_| text).map_err(|_| Invalid("a number"))
}

/// The errors in that file, without checks against a database.
pub fn faults_of_things(bytes: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(table) = Table::open(&THINGS, bytes, &mut faults) {
        let before = std::mem::take(&mut faults);
        assert_eq!(before, []);
        let all: Result<_, ()> = table.for_each(&mut faults, |_| Ok(()));
        assert!(all.is_ok());
    }
    faults.iter().map(ToString::to_string).collect()
}
