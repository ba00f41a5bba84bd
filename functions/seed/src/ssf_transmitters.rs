//! ssf_transmitters.csv.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use vocabulary::external_id;

use crate::{
    column::{Column, Empty, slug},
    fault::shown,
    file::{Check, File, Late, Question, Step},
    identity_providers::issuer,
    references::{References, Subject},
    row::Row,
    slots::{self, DEFAULT},
};

pub static FILE: File = File {
    name: "ssf_transmitters.csv",
    describes: None,
    columns: &[
        Column::word("slug", slug),
        Column::word("identity_provider", slug)
            .or(Empty::Text(DEFAULT))
            .refers_to(Subject::IdentityProvider),
        Column::word("issuer", issuer).or(Empty::Null),
        Column::word("audience", external_id),
        Column::word("slot", slots::slot).or(Empty::Null).optional(),
        Column::word("alias", external_id)
            .or(Empty::Null)
            .optional(),
    ],
    keys: &[&["slug"]],
    numbered: &[],
    check: Some(|_| Box::new(Transmitters::default())),
    groups: None,
    steps: &[Step {
        function: "seed_ssf_transmitters",
        updates: true,
        passes_over: false,
        counted_as: "ssf_transmitters",
    }],
};

/// Sees to it that no two have one slot, that the first is that of `default`, and that a provider itself links nobody
/// with itself.
#[derive(Default)]
struct Transmitters {
    lines: HashMap<String, u64>,
    asked: Vec<Asked>,
    taken: Vec<Taken>,
}

/// A row as the question has it.
#[derive(Serialize)]
struct Asked {
    line: u64,
    slug: String,
    slot: String,
}

/// Whose slot it is in the database.
#[derive(Deserialize)]
struct Taken {
    line: u64,
    holder: String,
}

impl Check for Transmitters {
    fn row(&mut self, row: &mut Row<'_>, _: &mut References) {
        slots::check(row);
        if row.word("issuer") == Some("")
            && let Some(alias) = row.word("alias")
            && !alias.is_empty()
        {
            row.wrong(
                "alias",
                format!(
                    "{}, expected none, as without an issuer the identity provider itself is the transmitter",
                    shown(alias)
                ),
            );
        }
        let (Some(slug), Some(slot)) = (row.text("slug"), row.text("slot")) else {
            return;
        };
        let (slug, slot) = (slug.to_owned(), slot.to_owned());
        if let Some(line) = self.lines.insert(slot.clone(), row.line()) {
            let text = shown(&slot);
            row.wrong("slot", format!("{text} is a duplicate of line {line}"));
        }
        self.asked.push(Asked {
            line: row.line(),
            slug,
            slot,
        });
    }

    fn question(&mut self, at_end: bool) -> serde_json::Result<Option<Question>> {
        if !at_end || self.asked.is_empty() {
            return Ok(None);
        }
        Ok(Some(Question {
            function: "seed_taken_by_transmitters",
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
            let (slot, holder) = (shown(&asked.slot), &taken.holder);
            Some(Late {
                line: taken.line,
                column: "slot",
                message: format!(
                    "{slot} belongs to {holder}, expected one of no other transmitter"
                ),
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
        let text = format!("slug,identity_provider,issuer,audience,slot,alias\n{rows}");
        let mut references = testing::references();
        references.providers.insert("partner".to_owned());
        let mut faults = Vec::new();
        let ask = |_| Ok(answer.to_owned());
        let (file, run) = (&FILE, Run::default());
        let text = text.as_bytes();
        check(file, text, run, &mut references, &mut faults, ask).unwrap();
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_fits() {
        let rows = "default,,,shell-ssf,,\n\
                    google,,https://accounts.google.com/,1.apps.example,2,google\n\
                    risks,partner,https://risks.example/a,shell,,\n";
        assert_eq!(faults_of(rows, "[]"), [] as [&str; 0]);
        assert_eq!(faults_of("default,,,shell-ssf,1,\n", "[]"), [] as [&str; 0]);
    }

    #[test]
    fn what_does_not() {
        let rows = "default,elsewhere,http://id.example,,2,\n\
                    other,,,shell,1,google\n\
                    one,,https://id.example,shell,3,\n\
                    two,,https://id.example,shell,3,\n";
        let found = faults_of(rows, "[]");
        assert_eq!(
            places(&found),
            [
                "2:issuer",
                "2:audience",
                "2:identity_provider",
                "2:slot",
                "3:slot",
                "3:alias",
                "5:slot"
            ],
            "{found:?}"
        );
    }

    #[test]
    fn a_slot_is_one_transmitters() {
        let answer = r#"[{"line": 2, "holder": "other"}]"#;
        assert_eq!(
            faults_of("one,,https://id.example,shell,3,\n", answer),
            [
                "ssf_transmitters.csv:2:slot: \"3\" belongs to other, expected one of no other transmitter"
            ]
        );
    }
}
