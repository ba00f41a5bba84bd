//! The body of `PUT /v1/roles/{role}`, validated except for what only the database knows: all errors are
//! reported at once.

use std::{collections::HashSet, hash::Hash, str::FromStr};

use decisions::check_condition;
use serde_json::value::RawValue;
use service::{
    http::fields::{Fields, text, word},
    problem::Problem,
};
use vocabulary::{Invalid, Slug};

use crate::api::roles::{Permission, PermissionEffect, RoleContent};

/// The maximum number of roles that a role may inherit, and of groups that may give it.
const MOST_NAMES: usize = 100;

/// The maximum number of lines of a role.
const MOST_PERMISSIONS: usize = 1_000;

/// It means any type, id or action.
const ANY: &str = "*";

/// Checks a role's content, including the path's slug.
pub fn content(segment: &str, body: Box<RawValue>) -> Result<(Slug, RoleContent), Problem> {
    let mut fields = Fields::new(&body)?;
    let slug = fields.judge("slug", Slug::try_from(segment));
    let name = fields.required("name", text(vocabulary::name));
    let description = fields.optional("description", text(vocabulary::description));
    let inherits = fields.each_of("inherits", MOST_NAMES, text(vocabulary::slug));
    once(&mut fields, "inherits", inherits.as_deref());
    let groups = fields.each_of("groups", MOST_NAMES, text(vocabulary::group_path));
    once(&mut fields, "groups", groups.as_deref());
    let permissions = fields.each_within("permissions", MOST_PERMISSIONS, permission);
    once(&mut fields, "permissions", permissions.as_deref());
    let whole = || {
        let content = RoleContent {
            name: name?,
            description: description?.unwrap_or_default(),
            inherits: inherits?,
            groups: groups?,
            permissions: permissions?,
        };
        Some((slug?, content))
    };
    fields.finish(whole())
}

fn permission(line: &mut Fields) -> Option<Permission> {
    let resource_type = line.required("resource_type", text(vocabulary::resource_type));
    let resource_id = line.required("resource_id", text(vocabulary::resource_id));
    if resource_type.as_deref() == Some(ANY) && resource_id.as_deref().is_some_and(|id| id != ANY) {
        let expected = Invalid("*, since resource_type is *");
        line.judge::<()>("resource_id", Err(expected));
    }
    let action = line.required("action", text(vocabulary::action));
    let effect = line.required("effect", word);
    let condition = line.optional("condition", text(vocabulary::condition));
    let condition = condition.map(|sent| sent.filter(|text| !text.is_empty()));
    if let Some(Some(text)) = &condition {
        line.judge("condition", check_condition(text));
    }
    Some(Permission {
        resource_type: resource_type?,
        resource_id: resource_id?,
        action: action?,
        effect: effect?,
        condition: condition?,
    })
}

/// Every duplicate after the first is an error.
fn once<T: Eq + Hash>(fields: &mut Fields, name: &str, items: Option<&[T]>) {
    let mut seen = HashSet::new();
    for (index, item) in items.into_iter().flatten().enumerate() {
        if !seen.insert(item) {
            let expected = Invalid("each of them once");
            fields.judge::<()>(&format!("{name}/{index}"), Err(expected));
        }
    }
}

impl FromStr for PermissionEffect {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match vocabulary::effect(text)? {
            "deny" => Ok(Self::Deny),
            _ => Ok(Self::Allow),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, value::to_raw_value};

    use super::*;

    fn content(segment: &str, body: Value) -> Result<(Slug, RoleContent), Problem> {
        super::content(segment, to_raw_value(&body).unwrap())
    }

    fn line(name: &str, value: Value) -> Value {
        let mut line = json!({"resource_type": "document", "resource_id": "*", "action": "read",
            "effect": "allow"});
        line[name] = value;
        line
    }

    #[track_caller]
    fn faults(body: Value) -> Vec<(String, String)> {
        let problem = content("editor", body).unwrap_err();
        let document = serde_json::to_value(problem).unwrap();
        let errors = document["errors"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let fault = |error: &Value| (text(&error["pointer"]), text(&error["detail"]));
        errors.iter().map(fault).collect()
    }

    #[track_caller]
    fn pointers(body: Value) -> Vec<String> {
        faults(body)
            .into_iter()
            .map(|(pointer, _)| pointer)
            .collect()
    }

    #[test]
    fn what_is_absent_is_empty() {
        let (slug, role) = content("editor", json!({"name": "Editor", "more": 1})).unwrap();
        assert_eq!(slug.as_str(), "editor");
        assert!(role.description.is_empty() && role.inherits.is_empty());
        assert!(role.groups.is_empty() && role.permissions.is_empty());
    }

    #[test]
    fn a_line_has_a_condition_or_none() {
        for (condition, read) in [
            (json!(null), None),
            (json!(""), None),
            (json!("subject.id == \"al\""), Some("subject.id == \"al\"")),
        ] {
            let body = json!({"name": "E", "permissions": [line("condition", condition)]});
            let (_, role) = content("editor", body).unwrap();
            assert_eq!(role.permissions[0].condition.as_deref(), read);
        }
    }

    #[test]
    fn all_faults_at_once() {
        let problem = content("No", json!({})).unwrap_err();
        let document = serde_json::to_value(problem).unwrap();
        assert_eq!(document["errors"][0]["pointer"], "/slug");
        let body = json!({
            "name": "", "description": "\u{7}", "inherits": ["viewer", "No", 1], "groups": ["/a", ""],
            "permissions": [
                line("action", json!("write")), 1, {}, line("condition", json!("subject.")),
                line("condition", json!("x".repeat(1_025))), line("condition", json!("a\0b")),
                line("resource_type", json!("*")),
                {"resource_type": "*", "resource_id": "42", "action": "", "effect": "maybe"},
            ],
        });
        let expected = [
            "/name",
            "/description",
            "/inherits/1",
            "/inherits/2",
            "/groups/1",
            "/permissions/1",
            "/permissions/2/resource_type",
            "/permissions/2/resource_id",
            "/permissions/2/action",
            "/permissions/2/effect",
            "/permissions/3/condition",
            "/permissions/4/condition",
            "/permissions/5/condition",
            "/permissions/7/resource_id",
            "/permissions/7/action",
            "/permissions/7/effect",
        ];
        assert_eq!(pointers(body), expected);
    }

    #[test]
    fn what_is_wrong_with_a_condition_is_told() {
        let fault = |condition: &str| {
            let lines = [line("condition", json!(condition))];
            faults(json!({"name": "E", "permissions": lines}))
                .remove(0)
                .1
        };
        assert!(fault("role == 1").contains("role is unknown"));
        assert!(fault("subject.").contains("not a valid CEL expression"));
        assert!(fault(&"x".repeat(1_025)).contains("1024 bytes"));
    }

    #[test]
    fn what_is_wrong_with_a_group_is_told() {
        let found = faults(json!({"name": "E", "groups": ["/a", "staff", "/a~b"]}));
        assert_eq!(found[0].0, "/groups/1");
        assert!(found[0].1.contains("organization:/board"));
        assert_eq!(found[1].0, "/groups/2");
        assert!(found[1].1.contains("~~ for a tilde"));
    }

    #[test]
    fn each_stands_once() {
        let lines = [line("effect", json!("deny")), line("effect", json!("deny"))];
        let same = [line("condition", json!("")), line("condition", json!(null))];
        let lines = [lines, same].concat();
        let body = json!({"name": "E", "inherits": ["aaa", "bbb", "aaa"], "groups": ["/g", "/g"],
            "permissions": lines});
        let expected = [
            "/inherits/2",
            "/groups/1",
            "/permissions/1",
            "/permissions/3",
        ];
        assert_eq!(pointers(body), expected);
    }

    #[test]
    fn there_is_an_end_to_each() {
        let numbered = |count: usize| (0..count).map(|n| format!("name-{n}")).collect::<Vec<_>>();
        let paths = |count: usize| (0..count).map(|n| format!("/{n}")).collect::<Vec<_>>();
        let lines = |count: usize| -> Vec<_> {
            numbered(count)
                .iter()
                .map(|id| line("resource_id", json!(id)))
                .collect()
        };
        let most = json!({"name": "E", "inherits": numbered(100), "groups": paths(100),
            "permissions": lines(1_000)});
        assert!(content("editor", most).is_ok());
        let more = json!({"name": "E", "inherits": numbered(101), "groups": paths(101),
            "permissions": lines(1_001)});
        let found = faults(more);
        let expected = ["/inherits", "/groups", "/permissions"];
        assert!(found.iter().map(|(pointer, _)| pointer).eq(expected));
        assert_eq!(found[2].1, "expected an array of at most 1000");
    }
}
