//! Why a decision is as it is.

use serde::Deserialize;
use serde_json::Value;

use super::{Client, Failure};
use crate::files::Decision;

const PATH: &str = "/v1/access/explain";
/// The maximum number of lines shown for a decision.
const MOST: usize = 20;
/// The maximum number of characters shown of a value.
const LONGEST: usize = 200;

/// The Shell's explanation. Members that an older or newer version does not send are not shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Explanation {
    decision: Option<bool>,
    reason: Option<String>,
    roles: Vec<Held>,
    ended: Vec<Value>,
    lines: Vec<Line>,
    lines_left_out: usize,
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
    is_missing: bool,
    is_too_large: bool,
}

/// Requests the explanation of a question's decision.
pub fn explain(client: &Client, question: &str) -> Result<Explanation, Failure> {
    let answer = client.post(PATH, question).map_err(|failure| {
        let (what, next) = match failure.status {
            Some(403) => (
                "the token is not allowed to read explanations (403)",
                "it needs the right `read` on `role:*`; to act for another organization, in platform",
            ),
            Some(404 | 405) => ("this Shell does not explain decisions (404)", "a newer version does"),
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
    /// The reason, if the decision itself had none.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The explanation as lines of text, for a question with this decision.
    pub fn told(&self, came: Decision) -> Vec<String> {
        let mut told = Vec::new();
        if let Some(decision) = self.decision.map(Decision::of)
            && decision != came
        {
            told.push(format!(
                "a moment later the decision was {decision}, for the reasons below"
            ));
        }
        if !self.lines.iter().any(|line| line.decided) {
            told.push("no line decided".to_owned());
        }
        let (decisive, others): (Vec<_>, Vec<_>) = self.lines.iter().partition(|line| line.decided);
        for line in decisive.iter().chain(&others).take(MOST) {
            line.tell(&mut told);
        }
        let more = self.lines.len().saturating_sub(MOST) + self.lines_left_out;
        if more > 0 {
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
    /// The path of roles if it has more than one, and the end of validity.
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
            "{outcome}: {role} {effect} {action} on {resource_type}:{resource_id}{condition}"
        ));
        told.extend(self.values.iter().map(Known::told));
    }
}

impl Known {
    fn told(&self) -> String {
        let name = &self.name;
        match &self.value {
            Some(value) => {
                let value = value.to_string();
                let shown: String = value.chars().take(LONGEST).collect();
                let end = if shown.len() < value.len() { "…" } else { "" };
                format!("  {name} = {shown}{end}")
            }
            None if self.is_missing => format!("  {name} is missing"),
            None if self.is_too_large => format!("  {name} is too large to be shown"),
            None => format!("  {name} is not shown: it is stored, and the token may not read it"),
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
            {"name": "resource.properties.owner"},
            {"name": "context.weekday", "is_missing": true}, {"name": "context.list", "is_too_large": true}]);
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
                "decided: editor denies write on document:* where resource.properties.status == \"archived\"",
                "  resource.properties.status = \"archived\"",
                "  resource.properties.owner is not shown: it is stored, and the token may not read it",
                "  context.weekday is missing",
                "  context.list is too large to be shown",
                "counts: editor allows write on document:*",
                "cannot be judged: editor allows write on document:* where context.x",
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
                "a moment later the decision was allow, for the reasons below",
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
            lines_left_out: 2,
            ..Explanation::default()
        };
        let told = told.told(Decision::Deny);
        assert_eq!(told.len(), 1 + MOST + 1 + 1);
        assert_eq!(told[MOST + 1], "and 5 more lines");
    }

    #[test]
    fn a_long_value_is_cut() {
        let value = |length: usize| Known {
            value: Some("é".repeat(length).into()),
            ..Known::default()
        };
        assert!(value(LONGEST - 2).told().ends_with("é\""));
        assert!(value(LONGEST).told().ends_with("é…"));
    }
}
