//! identity_providers.csv.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use vocabulary::Invalid;

use crate::{
    column::{Column, Empty, slug},
    fault::shown,
    file::{Check, File, Late, Question, Step},
    references::{References, Subject},
    row::Row,
    slots::{self, DEFAULT},
    told,
};

pub static FILE: File = File {
    name: "identity_providers.csv",
    describes: Some(Subject::IdentityProvider),
    columns: &[
        Column::word("slug", slug),
        Column::word("issuer", issuer).or(Empty::Null),
        Column::word("audience", vocabulary::external_id).or(Empty::Null),
        Column::word("jwks_url", safe_url).or(Empty::Null),
        Column::word("slot", slots::slot).or(Empty::Null).optional(),
        told::REALM,
        told::ATTRIBUTES,
        told::LOGOUT_AUDIENCES,
        told::PASSWORD_RESET_ENDS_SESSIONS,
        Column::word("admin_url", admin_url)
            .or(Empty::Null)
            .optional(),
    ],
    keys: &[&["slug"]],
    numbered: &[],
    check: Some(|_| Box::new(Providers::default())),
    groups: None,
    steps: &[Step {
        function: "seed_identity_providers",
        updates: true,
        passes_over: false,
        counted_as: "identity_providers",
    }],
};

/// What keys and tokens come from is asked over TLS, but on the machine itself.
fn safe_url(text: &str) -> Result<&str, Invalid> {
    const EXPECTED: Invalid = Invalid(
        "an absolute https URL of at most 2,000 characters without user information; http is allowed on loopback \
         hosts only",
    );
    let text = vocabulary::web_url(text).map_err(|_| EXPECTED)?;
    let (scheme, rest) = text.split_once("://").ok_or(EXPECTED)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    };
    let is_safe = scheme.eq_ignore_ascii_case("https") || vocabulary::is_loopback(host);
    is_safe.then_some(text).ok_or(EXPECTED)
}

/// OpenID Connect Discovery 1.0, section 2.
pub fn issuer(text: &str) -> Result<&str, Invalid> {
    let text = safe_url(text)?;
    let is_bare = !text.contains(['?', '#']);
    is_bare
        .then_some(text)
        .ok_or(Invalid("an issuer's URL, without a query and a fragment"))
}

/// Paths are put behind it, so a slash at its end is taken off.
fn admin_url(text: &str) -> Result<&str, Invalid> {
    let text = safe_url(text)?;
    let is_bare = !text.contains(['?', '#']);
    is_bare
        .then_some(text.trim_end_matches('/'))
        .ok_or(Invalid("a URL without a query and a fragment"))
}

/// Sees to it that of `default` the variables say what its tokens are, and of all others the rows here, and that no two have one
/// issuer or slot.
#[derive(Default)]
struct Providers {
    lines: HashMap<(&'static str, String), u64>,
    asked: Vec<Asked>,
    taken: Vec<Taken>,
}

/// A row as the question has it.
#[derive(Serialize)]
struct Asked {
    line: u64,
    slug: String,
    issuer: Option<String>,
    slot: Option<String>,
}

/// What another provider of the database has.
#[derive(Deserialize)]
struct Taken {
    line: u64,
    column: String,
    holder: String,
}

impl Check for Providers {
    fn row(&mut self, row: &mut Row<'_>, references: &mut References) {
        let slug = row.text("slug");
        let is_default = slug == Some(DEFAULT);
        told::check_names(row);
        if let Some(slug) = slug {
            references.providers.insert(slug.to_owned());
            for column in ["issuer", "audience", "jwks_url"] {
                match row.word(column) {
                    Some("") if !is_default && column != "jwks_url" => {
                        row.wrong(column, "\"\", expected a value, as only default has none");
                    }
                    Some(text) if is_default && !text.is_empty() => row.wrong(
                        column,
                        format!(
                            "{}, expected none, as default is configured by variables",
                            shown(text)
                        ),
                    ),
                    _ => {}
                }
            }
            slots::check(row);
        }
        for column in ["issuer", "slot"] {
            let Some(text) = row.text(column) else {
                continue;
            };
            if let Some(line) = self.lines.insert((column, text.to_owned()), row.line()) {
                let text = shown(text);
                row.wrong(column, format!("{text} is a duplicate of line {line}"));
            }
        }
        if let Some(slug) = slug {
            self.asked.push(Asked {
                line: row.line(),
                slug: slug.to_owned(),
                issuer: row.text("issuer").map(str::to_owned),
                slot: row.text("slot").map(str::to_owned),
            });
        }
    }

    fn question(&mut self, at_end: bool) -> serde_json::Result<Option<Question>> {
        if !at_end || self.asked.is_empty() {
            return Ok(None);
        }
        Ok(Some(Question {
            function: "seed_taken_by_providers",
            json: serde_json::to_string(&self.asked)?,
        }))
    }

    fn answer(&mut self, answer: &str) -> serde_json::Result<()> {
        self.taken = serde_json::from_str(answer)?;
        Ok(())
    }

    fn end(&mut self) -> Vec<Late> {
        let taken = self.taken.iter().filter_map(|taken| {
            let asked = self.asked.iter().find(|asked| asked.line == taken.line)?;
            let (column, text) = match taken.column.as_str() {
                "issuer" => ("issuer", asked.issuer.as_deref()),
                _ => ("slot", asked.slot.as_deref()),
            };
            let (text, holder) = (shown(text.unwrap_or_default()), &taken.holder);
            Some(Late {
                line: taken.line,
                column,
                message: format!("{text} belongs to {holder}, expected one of no other provider"),
            })
        });
        taken.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checking::check,
        file::Run,
        testing::{self, places},
    };

    /// The faults of rows, where PostgreSQL answers the one question so.
    fn faults_of(rows: &str, answer: &str) -> Vec<String> {
        let text = format!("slug,issuer,audience,jwks_url,slot\n{rows}");
        let mut references = testing::references();
        let mut faults = Vec::new();
        let ask = |_| Ok(answer.to_owned());
        let run = Run::default();
        check(
            &FILE,
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
    fn what_fits() {
        let rows = "default,,,,\npartner,https://id.partner.example/realms/a,shell,,2\n\
                    local,http://localhost:8080/realms/b,shell,http://127.0.0.1:8080/keys?a=b,3\n\
                    later,https://[2001:db8::1]:8443,shell,,\n";
        assert_eq!(faults_of(rows, "[]"), [] as [&str; 0]);
        assert_eq!(faults_of("default,,,,1\n", "[]"), [] as [&str; 0]);
    }

    #[test]
    fn default_is_described_by_variables_and_the_others_here() {
        let found = faults_of(
            "default,https://a.example,b,https://c.example,2\nother,,,,1\n",
            "[]",
        );
        assert_eq!(
            places(&found),
            [
                "2:issuer",
                "2:audience",
                "2:jwks_url",
                "2:slot",
                "3:issuer",
                "3:audience",
                "3:slot"
            ]
        );
    }

    #[test]
    fn addresses_are_safe() {
        for unfit in [
            "id.example",
            "http://id.example",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "http://10.0.0.1",
            "http://localhost@id.example",
            "ftp://localhost",
            "https://",
        ] {
            assert!(safe_url(unfit).is_err(), "{unfit}");
        }
        for fit in [
            "HTTP://LOCALHOST",
            "http://[::1]:80/a",
            "http://127.0.0.1?a",
            "http://127.1.2.3",
        ] {
            assert_eq!(safe_url(fit), Ok(fit));
        }
        assert!(issuer("https://id.example/a?b").is_err());
        assert!(issuer("https://id.example#").is_err());
        let found = faults_of("other,nobody,,nowhere,5\n", "[]");
        assert_eq!(
            places(&found),
            ["2:issuer", "2:jwks_url", "2:slot", "2:audience"]
        );
    }

    #[test]
    fn an_admin_api_is_where_paths_can_be_put_behind() {
        for (text, kept) in [
            ("https://inside.example", "https://inside.example"),
            (
                "https://inside.example:8443/auth/",
                "https://inside.example:8443/auth",
            ),
            ("http://127.0.0.1:8080//", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(admin_url(text), Ok(kept));
        }
        for unfit in [
            "http://inside.example",
            "https://inside.example?a=b",
            "https://inside.example/#a",
            "https://me@inside.example",
            "inside.example",
            "",
        ] {
            assert!(admin_url(unfit).is_err(), "{unfit}");
        }
    }

    #[test]
    fn an_issuer_and_a_slot_are_one_providers() {
        let rows =
            "one,https://a.example,a,,2\ntwo,https://a.example,a,,2\ntwo,https://b.example,a,,\n";
        assert_eq!(
            faults_of(rows, "[]"),
            [
                "identity_providers.csv:3:issuer: \"https://a.example\" is a duplicate of line 2",
                "identity_providers.csv:3:slot: \"2\" is a duplicate of line 2",
                "identity_providers.csv:4:slug: \"two\" is a duplicate of line 3",
            ]
        );
        let answer = r#"[{"line": 2, "column": "slot", "holder": "other"},
            {"line": 2, "column": "issuer", "holder": "other"}]"#;
        assert_eq!(
            faults_of("one,https://a.example,a,,2\n", answer),
            [
                "identity_providers.csv:2:slot: \"2\" belongs to other, expected one of no other provider",
                "identity_providers.csv:2:issuer: \"https://a.example\" belongs to other, expected one of no other provider",
            ]
        );
    }
}
