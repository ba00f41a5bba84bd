//! The report of a run: one line for each change, and the totals.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The most lines about changes of one kind; further changes are only counted.
const LINES: u64 = 100;

/// The change of what the provider has deleted and was kept here.
const WITHHELD: &str = "withheld";

/// The change of an organization whose alias was left out.
const CONTRADICTS: &str = "contradicts";

/// The changes so far, counted by what changed and how.
#[derive(Debug, Default)]
pub struct Report {
    counts: BTreeMap<(String, String), u64>,
    /// Organizations whose alias contradicts one that is known here.
    contradicting: BTreeSet<String>,
}

/// A change, or something that is listed although it did not change.
#[derive(Debug, Deserialize)]
struct Change {
    what: String,
    change: String,
    id: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
    alias: Option<String>,
    from: Option<String>,
    group: Option<String>,
    organization: Option<String>,
    by_username: Option<String>,
}

impl Change {
    fn line(&self) -> String {
        let id = self.id.as_deref().unwrap_or_default();
        let place = |place: &Option<String>| place.clone().unwrap_or_default();
        let whom = match self.what.as_str() {
            "link" => format!("user {id} at {}", place(&self.alias)),
            "group_member" => format!("user {id} in group {}", place(&self.group)),
            "membership" => format!("user {id} in organization {}", place(&self.organization)),
            "realm" => "realm".to_owned(),
            what => format!("{what} {id}"),
        };
        let mut line = format!("{whom}: {}", words(&self.change));
        if !self.fields.is_empty() {
            line += &format!(" {}", self.fields.join(", "));
        }
        if let Some(from) = &self.from {
            line += &format!(" from {from}");
        }
        if let Some(other) = &self.by_username {
            line += &format!(" (--adopt would join it to {other})");
        }
        line
    }

    /// Whether a change repaired something.
    fn is_one(change: &str) -> bool {
        !matches!(change, "unknown" | WITHHELD) && !change.starts_with("stays_")
    }
}

/// A name as it is printed.
fn words(name: &str) -> String {
    match name {
        "unknown" => "unknown to the provider".to_owned(),
        WITHHELD => "deleted there and kept here".to_owned(),
        name => name.replace('_', " "),
    }
}

impl Report {
    /// The lines about changes, which are given as a JSON array.
    pub fn lines(&mut self, changes: &str) -> serde_json::Result<Vec<String>> {
        let changes: Vec<Change> = serde_json::from_str(changes)?;
        let mut lines = Vec::new();
        for change in changes {
            if change.change == CONTRADICTS {
                self.contradicting.extend(change.id);
                continue;
            }
            let key = (change.what.clone(), change.change.clone());
            let count = self.counts.entry(key).or_default();
            *count += 1;
            if *count <= LINES {
                lines.push(change.line());
            }
        }
        Ok(lines)
    }

    /// Whether the alias of an organization contradicts one that is known here, and was left out.
    pub fn contradicts(&self, organization: &str) -> bool {
        self.contradicting.contains(organization)
    }

    /// Counts what the provider has deleted and was kept here.
    pub fn withhold(&mut self, what: &str, count: u64) {
        if count > 0 {
            let key = (what.to_owned(), WITHHELD.to_owned());
            self.counts.insert(key, count);
        }
    }

    /// Whether nothing was reported.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The lines at the end.
    pub fn totals(&self, dry_run: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for ((what, change), count) in &self.counts {
            let more = count.saturating_sub(LINES);
            if more > 0 && change != WITHHELD {
                lines.push(format!("and {more} more of {}", kind(what, change)));
            }
        }
        let counted = |repaired: bool| {
            let counts = self.counts.iter();
            let counts = counts.filter(|((_, change), _)| Change::is_one(change) == repaired);
            let parts: Vec<_> = counts
                .map(|((what, change), count)| format!("{count} {}", kind(what, change)))
                .collect();
            (!parts.is_empty()).then(|| parts.join(", "))
        };
        let verb = if dry_run { "would repair" } else { "repaired" };
        lines.push(match counted(true) {
            Some(parts) => format!("{verb}: {parts}"),
            None if self.counts.keys().any(|(_, change)| change == WITHHELD) => {
                "nothing was repaired".to_owned()
            }
            None => "nothing to repair".to_owned(),
        });
        lines.extend(counted(false).map(|parts| format!("left as it is: {parts}")));
        lines
    }

    /// The number of changes of each kind, for the audit trail.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let counts = self.counts.iter();
        counts
            .map(|((what, change), count)| (format!("{what}_{change}"), *count))
            .collect()
    }
}

fn kind(what: &str, change: &str) -> String {
    format!("{} {}", words(what), words(change))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_identifiers_and_names_of_fields() {
        let changes = r#"[{"what":"user","change":"changed","id":"a","fields":["email","enabled"]},
            {"what":"user","change":"adopted","id":"a","from":"seeded"},
            {"what":"user","change":"unknown","id":"s","by_username":"a"},
            {"what":"user","change":"stays_erased","id":"e"},
            {"what":"link","change":"unlinked","id":"a","alias":"partner"},
            {"what":"group","change":"deleted","id":"g"},
            {"what":"group_member","change":"joined","id":"a","group":"g"},
            {"what":"membership","change":"stays_removed","id":"a","organization":"acme"},
            {"what":"realm","change":"logged_out","id":null}]"#;
        let mut report = Report::default();
        let expected = [
            "user a: changed email, enabled",
            "user a: adopted from seeded",
            "user s: unknown to the provider (--adopt would join it to a)",
            "user e: stays erased",
            "user a at partner: unlinked",
            "group g: deleted",
            "user a in group g: joined",
            "user a in organization acme: stays removed",
            "realm: logged out",
        ];
        assert_eq!(report.lines(changes).unwrap(), expected);
        let totals = [
            "repaired: 1 group deleted, 1 group member joined, 1 link unlinked, 1 realm logged out, 1 user adopted, \
             1 user changed",
            "left as it is: 1 membership stays removed, 1 user stays erased, 1 user unknown to the provider",
        ];
        assert_eq!(report.totals(false), totals);
        assert_eq!(report.counts()["membership_stays_removed"], 1);
    }

    #[test]
    fn a_hundred_lines_of_a_kind() {
        let change = r#"{"what":"user","change":"created","id":"a"}"#;
        let mut report = Report::default();
        let part = format!("[{}]", vec![change; 70].join(","));
        assert_eq!(report.lines(&part).unwrap().len(), 70);
        assert_eq!(report.lines(&part).unwrap().len(), 30);
        assert_eq!(
            report.totals(true),
            [
                "and 40 more of user created",
                "would repair: 140 user created"
            ]
        );
    }

    #[test]
    fn what_stays_is_no_repair() {
        let mut report = Report::default();
        assert_eq!(report.totals(false), ["nothing to repair"]);
        let unknown = r#"[{"what":"user","change":"unknown","id":"s"}]"#;
        report.lines(unknown).unwrap();
        let expected = [
            "nothing to repair",
            "left as it is: 1 user unknown to the provider",
        ];
        assert_eq!(report.totals(false), expected);
    }

    #[test]
    fn what_is_kept_though_it_is_gone_was_to_be_repaired() {
        let mut report = Report::default();
        report.withhold("user", 0);
        assert!(report.is_empty());
        report.withhold("user", 120);
        report.withhold("group", 1);
        let expected = [
            "nothing was repaired",
            "left as it is: 1 group deleted there and kept here, 120 user deleted there and kept here",
        ];
        assert_eq!(report.totals(false), expected);
        assert_eq!(report.counts()["user_withheld"], 120);
    }
}
