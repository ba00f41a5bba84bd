//! What the unit tests of several files need.

use crate::{
    checking::check,
    fault::Fault,
    file::{File, Run},
    references::References,
};

/// The header of users.csv.
pub const USERS: &str = "organization,username,email,display_name,external_id,attributes\n";

/// A database that has two organizations and a domain of the first.
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

/// The faults of a file, where that database has nothing else.
pub fn faults_of(file: &'static File, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    check(
        file,
        text.as_bytes(),
        Run::default(),
        &mut references(),
        &mut faults,
        |_| Ok("[]".to_owned()),
    )
    .unwrap();
    faults.iter().map(Fault::to_string).collect()
}

/// Their lines and columns.
pub fn places(faults: &[String]) -> Vec<String> {
    let place = |fault: &String| {
        let mut parts = fault.splitn(4, ':').skip(1);
        Some(format!("{}:{}", parts.next()?, parts.next()?))
    };
    faults.iter().filter_map(place).collect()
}
