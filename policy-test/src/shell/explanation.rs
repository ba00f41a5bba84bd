//! Why a decision came out as it did.

use serde::Deserialize;
use serde_json::Value;

use super::{Client, Failure};
use crate::files::Decision;

const PATH: &str = "/v1/access/explain";
/// Lines that are shown of a decision.
const MOST: usize = 20;

/// What the Shell says of it. What an older or a newer one leaves out is not shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Explanation {
    decision: Option<bool>,
    reason: Option<String>,
    roles: Vec<Held>,
    ended: Vec<Value>,
    lines: Vec<Line>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Held {
    role: String,
    ways: Vec<Way>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Way {
    path: Vec<String>,
    valid_until: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    role: String,
    resource_type: String,
    resource_id: String,
    action: String,
    effect: String,
    condition: Option<String>,
    outcome: String,
    decided: bool,
    values: Vec<Known>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Known {
    name: String,
    value: Option<Value>,
}

/// Asks why a question is decided as it is.
pub fn explain(client: &Client, question: &str) -> Result<Explanation, Failure> {
    let answer = client.post(PATH, question).map_err(|failure| {
        let (what, next) = match failure.status {
            Some(403) => (
                "the token may not be told why (403)",
                "it needs `read` on `role:*`, in platform where it acts for another organization",
            ),
            Some(404 | 405) => ("this Shell does not tell why (404)", "a newer one does"),
            _ => return failure,
        };
        Failure::new(what, next)
    })?;
    serde_json::from_str(&answer).map_err(|_| {
        let next = "is this program as new as the Shell?";
        Failure::new("the explanation cannot be read", next)
    })
}

impl Explanation {
    /// Why, where the decision itself did not say.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// In lines of text, for a question that was decided like this.
    pub fn told(&self, came: Decision) -> Vec<String> {
        let mut told = Vec::new();
        if let Some(decision) = self.decision.map(Decision::of)
            && decision != came
        {
            told.push(format!(
                "a moment later it came to {decision}, by what follows"
            ));
        }
        if !self.lines.iter().any(|line| line.decided) {
            told.push("no line decided".to_owned());
        }
        let (decisive, others): (Vec<_>, Vec<_>) = self.lines.iter().partition(|line| line.decided);
        for line in decisive.iter().chain(&others).take(MOST) {
            line.tell(&mut told);
        }
        if let Some(more) = self.lines.len().checked_sub(MOST).filter(|more| *more > 0) {
            told.push(format!("and {more} more lines"));
        }
        let held: Vec<_> = self.roles.iter().map(Held::told).collect();
        told.push(if held.is_empty() {
            "holds no role".to_owned()
        } else {
            format!("holds {}", held.join(", "))
        });
        if !self.ended.is_empty() {
            let ended: Vec<_> = self.ended.iter().map(ended).collect();
            told.push(format!("held until it ended: {}", ended.join(", ")));
        }
        told
    }
}

impl Held {
    fn told(&self) -> String {
        let ways: Vec<_> = self.ways.iter().filter_map(Way::told).collect();
        if ways.is_empty() {
            return self.role.clone();
        }
        format!("{} ({})", self.role, ways.join("; "))
    }
}

impl Way {
    /// What is not plain: the roles it comes by, and its end.
    fn told(&self) -> Option<String> {
        let path = (self.path.len() > 1).then(|| format!("by {}", self.path.join(" > ")));
        let until = self
            .valid_until
            .as_ref()
            .map(|until| format!("until {until}"));
        match (path, until) {
            (Some(path), Some(until)) => Some(format!("{path}, {until}")),
            (path, until) => path.or(until),
        }
    }
}

impl Line {
    fn tell(&self, told: &mut Vec<String>) {
        let outcome = match self.outcome.as_str() {
            _ if self.decided => "decided",
            "counts" => "counts",
            "does_not_hold" => "does not hold",
            "cannot_be_judged" => "cannot be judged",
            other => other,
        };
        let effect = match self.effect.as_str() {
            "allow" => "allows",
            "deny" => "denies",
            other => other,
        };
        let Self {
            role,
            action,
            resource_type,
            resource_id,
            ..
        } = self;
        let condition = self
            .condition
            .as_deref()
            .filter(|condition| !condition.is_empty());
        let condition = condition
            .map(|condition| format!(" where {condition}"))
            .unwrap_or_default();
        told.push(format!(
            "{outcome}: {role} {effect} {action} on {resource_type}/{resource_id}{condition}"
        ));
        for Known { name, value } in &self.values {
            told.push(match value {
                Some(value) => format!("  {name} = {value}"),
                None => format!("  {name} is not shown to this token"),
            });
        }
    }
}

fn ended(value: &Value) -> String {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let role = value.get("role").and_then(text);
    match (role, value.get("valid_until").and_then(text)) {
        (Some(role), Some(until)) => format!("{role} ({until})"),
        (Some(role), None) => role,
        (None, _) => text(value).unwrap_or_else(|| value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(explanation: Value, came: Decision, expected: &[&str]) {
        let explanation: Explanation = serde_json::from_value(explanation).unwrap();
        assert_eq!(explanation.told(came), expected);
    }

    #[test]
    fn the_line_that_decided_comes_first() {
        let line = |effect: &str, condition: Value, outcome: &str, decided: bool, values: Value| {
            json!({"role": "editor", "resource_type": "document", "resource_id": "*", "action": "write",
                "effect": effect, "condition": condition, "outcome": outcome, "decided": decided, "values": values})
        };
        let status = json!([{"name": "resource.properties.status", "value": "archived"},
            {"name": "resource.properties.owner"}]);
        let condition = "resource.properties.status == \"archived\"";
        check(
            json!({
                "decision": false, "reason": "a line denies",
                "roles": [
                    {"role": "editor", "ways": [{"path": ["editor"], "valid_until": null}]},
                    {"role": "viewer", "ways": [{"path": ["editor", "viewer"], "valid_until": "2030-01-01T00:00:00Z"}]},
                ],
                "ended": [{"role": "guest", "valid_until": "2020-01-01T00:00:00Z"}],
                "lines": [
                    line("allow", json!(null), "counts", false, json!([])),
                    line("allow", json!("context.x"), "cannot_be_judged", false, json!([])),
                    line("deny", json!(condition), "counts", true, status),
                ],
            }),
            Decision::Deny,
            &[
                "decided: editor denies write on document/* where resource.properties.status == \"archived\"",
                "  resource.properties.status = \"archived\"",
                "  resource.properties.owner is not shown to this token",
                "counts: editor allows write on document/*",
                "cannot be judged: editor allows write on document/* where context.x",
                "holds editor, viewer (by editor > viewer, until 2030-01-01T00:00:00Z)",
                "held until it ended: guest (2020-01-01T00:00:00Z)",
            ],
        );
    }

    #[test]
    fn what_is_not_there_is_not_told() {
        check(
            json!({}),
            Decision::Deny,
            &["no line decided", "holds no role"],
        );
        check(
            json!({"decision": true, "more": 1, "ended": ["guest", {"what": 1}]}),
            Decision::Deny,
            &[
                "a moment later it came to allow, by what follows",
                "no line decided",
                "holds no role",
                "held until it ended: guest, {\"what\":1}",
            ],
        );
    }

    #[test]
    fn a_list_without_end_is_cut() {
        let told = Explanation {
            lines: (0..23).map(|_| Line::default()).collect(),
            ..Explanation::default()
        };
        let told = told.told(Decision::Deny);
        assert_eq!(told.len(), 1 + MOST + 1 + 1);
        assert_eq!(told[MOST + 1], "and 3 more lines");
    }
}
