//! The columns of an identity provider that configure the events that it sends.

use std::collections::HashSet;

use vocabulary::{Invalid, external_id};

use crate::{column::Column, column::Empty, fault::shown, row::Row};

/// The realm that the provider's events name.
pub const REALM: Column = Column::word("realm", external_id)
    .or(Empty::Null)
    .optional();

/// Which of a user's attributes are stored.
pub const ATTRIBUTES: Column = Column::words("attributes", attribute).optional();

/// The clients of a provider to which its logout tokens are addressed.
pub const LOGOUT_AUDIENCES: Column = Column::words("logout_audiences", external_id).optional();

/// Whether the reset of a password ends the user's sessions.
pub const PASSWORD_RESET_ENDS_SESSIONS: Column =
    Column::word("password_reset_ends_sessions", yes_or_no)
        .or(Empty::Text("false"))
        .optional();

/// The most attributes, and the most clients, that a row may name.
const MOST: usize = 100;

fn yes_or_no(text: &str) -> Result<&str, Invalid> {
    matches!(text, "true" | "false")
        .then_some(text)
        .ok_or(Invalid("true or false"))
}

fn attribute(text: &str) -> Result<&str, Invalid> {
    match external_id(text)? {
        "organization_id" => Err(Invalid(
            "another name, as organization_id says which organization a user belongs to, and is stored as that",
        )),
        name => Ok(name),
    }
}

/// Checks that each attribute and each client is named only once, and that there are not too many.
pub fn check_names(row: &mut Row<'_>) {
    for column in [ATTRIBUTES.name, LOGOUT_AUDIENCES.name] {
        let names = row.list(column);
        if names.len() > MOST {
            let message = format!("{} names, expected at most {MOST}", names.len());
            row.wrong(column, message);
        }
        let mut seen = HashSet::new();
        for name in names {
            if !seen.insert(name) {
                let message = format!("{} is a duplicate, expected once", shown(name));
                row.wrong(column, message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        checking::check,
        file::Run,
        identity_providers::FILE,
        testing::{self, places},
    };

    fn faults_of(rows: &str) -> Vec<String> {
        faults_with("realm,attributes", rows)
    }

    fn faults_with(columns: &str, rows: &str) -> Vec<String> {
        let text = format!("slug,issuer,audience,jwks_url,{columns}\n{rows}");
        let mut references = testing::references();
        let mut faults = Vec::new();
        let ask = |_| Ok("[]".to_owned());
        let (file, run) = (&FILE, Run::default());
        check(
            file,
            text.as_bytes(),
            run,
            &mut references,
            &mut faults,
            ask,
        )
        .unwrap();
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn default_may_say_it_too() {
        let rows = "default,,,,shell,department;cost center\n\
                    partner,https://id.partner.example,shell,,,\n";
        assert_eq!(faults_of(rows), [] as [&str; 0]);
    }

    #[test]
    fn how_sessions_end_may_be_said() {
        let columns = "logout_audiences,password_reset_ends_sessions";
        for rows in [
            "default,,,,web;drive,true\n",
            "default,,,,,false\n",
            "default,,,,,\n",
        ] {
            assert_eq!(faults_with(columns, rows), [] as [&str; 0], "{rows}");
        }
        assert_eq!(
            faults_with(columns, "default,,,,web;drive;web,yes\n"),
            [
                "identity_providers.csv:2:password_reset_ends_sessions: \"yes\", expected true or false",
                "identity_providers.csv:2:logout_audiences: \"web\" is a duplicate, expected once"
            ]
        );
    }

    #[test]
    fn what_says_of_which_organization_a_user_is_is_no_attribute_to_keep() {
        assert_eq!(
            faults_of("default,,,,,department;organization_id\n"),
            [
                "identity_providers.csv:2:attributes: \"organization_id\", expected another name, as organization_id \
                 says which organization a user belongs to, and is stored as that"
            ]
        );
    }

    #[test]
    fn names_are_bounded() {
        let long = "x".repeat(256);
        let found = faults_of(&format!("default,,,,{long},{long};;a;b\n"));
        assert_eq!(places(&found), ["2:realm", "2:attributes", "2:attributes"]);
        let names = |count: usize| {
            let names: Vec<_> = (0..count).map(|number| format!("a{number}")).collect();
            faults_of(&format!("default,,,,,{}\n", names.join(";")))
        };
        assert_eq!(names(100), [] as [&str; 0]);
        assert_eq!(
            names(101),
            ["identity_providers.csv:2:attributes: 101 names, expected at most 100"]
        );
        assert_eq!(
            faults_of("default,,,,,a;b;a\n"),
            ["identity_providers.csv:2:attributes: \"a\" is a duplicate, expected once"]
        );
    }
}
