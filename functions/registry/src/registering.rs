//! Bodies of `/v1/apps`, checked: every fault is reported at once.

use serde_json::{Map, Value};
use service::{
    fields::{Fields, text, word},
    problem::Problem,
};
use vocabulary::{Slug, Unfit};

use crate::api::{
    apps::{AppContent, Health},
    leases::Heartbeat,
};

/// Bytes of the largest metadata, written without spaces.
const LARGEST_METADATA: usize = 16 * 1024;

/// Checks what `PUT /v1/apps/{slug}` is given, the path's slug included.
pub fn registration(slug: &str, body: Value) -> Result<(Slug, AppContent), Problem> {
    let mut fields = Fields::new(body)?;
    let slug = fields.judge("slug", Slug::try_from(slug));
    let name = fields.required("name", text(vocabulary::name));
    let description = fields.optional("description", text(vocabulary::description));
    let category = fields.optional("category", text(vocabulary::category));
    let api_url = fields.required("api_url", text(vocabulary::web_url));
    let ui_url = fields.required("ui_url", text(vocabulary::web_url));
    let status = fields.required("status", word);
    let metadata = fields.optional("metadata", metadata);
    let whole = || {
        let content = AppContent {
            name: name?,
            description: description?.unwrap_or_default(),
            category: category?.unwrap_or_default(),
            api_url: api_url?,
            ui_url: ui_url?,
            status: status?,
            metadata: metadata?.unwrap_or_default(),
        };
        Some((slug?, content))
    };
    fields.finish(whole())
}

/// Checks what `POST /v1/apps/{slug}/heartbeat` is given.
pub fn heartbeat(body: Value) -> Result<Heartbeat, Problem> {
    let mut fields = Fields::new(body)?;
    let ttl_seconds = fields.required("ttl_seconds", seconds);
    let health = fields.required("health", health);
    let whole = || {
        Some(Heartbeat {
            ttl_seconds: ttl_seconds?,
            health: health?,
        })
    };
    fields.finish(whole())
}

fn seconds(value: Value) -> Result<i32, Unfit> {
    value
        .as_i64()
        .filter(|seconds| (5..=3600).contains(seconds))
        .and_then(|seconds| i32::try_from(seconds).ok())
        .ok_or(Unfit("a whole number from 5 to 3600"))
}

fn health(value: Value) -> Result<Health, Unfit> {
    match value.as_str() {
        Some("healthy") => Ok(Health::Healthy),
        Some("unhealthy") => Ok(Health::Unhealthy),
        _ => Err(Unfit("healthy or unhealthy")),
    }
}

fn metadata(value: Value) -> Result<Map<String, Value>, Unfit> {
    // PostgreSQL keeps no NUL in a text.
    if value.to_string().len() > LARGEST_METADATA || has_nul(&value) {
        return Err(Unfit(
            "a JSON object of at most 16 KiB without NUL characters",
        ));
    }
    match value {
        Value::Object(metadata) => Ok(metadata),
        _ => Err(Unfit("a JSON object")),
    }
}

/// As deep as the parser lets values be.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pointers(problem: Problem) -> Vec<String> {
        let document = serde_json::to_value(problem).unwrap();
        let errors = document["errors"].as_array().unwrap();
        let pointer = |error: &Value| error["pointer"].as_str().unwrap().to_owned();
        errors.iter().map(pointer).collect()
    }

    fn with(name: &str, value: Value) -> Value {
        let mut body = json!({
            "name": "Drive", "api_url": "https://drive.example/api",
            "ui_url": "https://drive.example", "status": "available",
        });
        body[name] = value;
        body
    }

    #[test]
    fn optional_fields_are_empty_where_absent() {
        let (slug, content) = registration("drive", with("more", json!(1))).unwrap();
        assert_eq!(slug.as_str(), "drive");
        assert_eq!(content.description, "");
        assert!(content.metadata.is_empty());
    }

    #[test]
    fn each_field_is_checked() {
        let filling = |length: usize| json!({"k": "x".repeat(length - r#"{"k":""}"#.len())});
        assert!(registration("drive", with("metadata", filling(LARGEST_METADATA))).is_ok());
        for (name, value) in [
            ("name", json!("")),
            ("description", json!("\u{7}")),
            ("category", json!("x".repeat(201))),
            ("api_url", json!("drive.example")),
            ("ui_url", json!(null)),
            ("status", json!("new")),
            ("metadata", json!([])),
            ("metadata", filling(LARGEST_METADATA + 1)),
            ("metadata", json!({"a": [{"b": "\0"}]})),
            ("metadata", json!({"\0": 1})),
        ] {
            let problem = registration("drive", with(name, value)).unwrap_err();
            assert_eq!(pointers(problem), [format!("/{name}")]);
        }
    }

    #[test]
    fn all_faults_at_once() {
        let problem = registration("NO", json!({"metadata": 1})).unwrap_err();
        let expected = [
            "/slug",
            "/name",
            "/api_url",
            "/ui_url",
            "/status",
            "/metadata",
        ];
        assert_eq!(pointers(problem), expected);
    }

    #[test]
    fn heartbeats() {
        let beat =
            |ttl: Value, health: &str| heartbeat(json!({"ttl_seconds": ttl, "health": health}));
        assert!(beat(json!(5), "healthy").is_ok());
        assert!(beat(json!(3600), "unhealthy").is_ok());
        for ttl in [json!(4), json!(3601), json!(5.5), json!("5"), json!(null)] {
            assert_eq!(
                pointers(beat(ttl, "healthy").unwrap_err()),
                ["/ttl_seconds"]
            );
        }
        assert_eq!(
            pointers(beat(json!(5), "unknown").unwrap_err()),
            ["/health"]
        );
        assert_eq!(pointers(heartbeat(json!({})).unwrap_err()).len(), 2);
    }
}
