//! Bodies of `/v1/apps`, validated: all errors are reported at once.

use serde_json::value::RawValue;
use service::{
    http::fields::{Fields, text, word},
    problem::Problem,
};
use vocabulary::{Invalid, Slug};

use crate::{
    api::{
        apps::{AppContent, Health},
        leases::Heartbeat,
    },
    metadata,
};

/// Checks the content of `PUT /v1/apps/{slug}`, including the path's slug.
pub fn registration(slug: &str, body: Box<RawValue>) -> Result<(Slug, AppContent), Problem> {
    let mut fields = Fields::new(&body)?;
    let slug = fields.judge("slug", Slug::try_from(slug));
    let name = fields.required("name", text(vocabulary::name));
    let description = fields.optional("description", text(vocabulary::description));
    let category = fields.optional("category", text(vocabulary::category));
    let api_url = fields.required("api_url", text(vocabulary::web_url));
    let ui_url = fields.required("ui_url", text(vocabulary::web_url));
    let status = fields.required("status", word);
    let metadata = fields.optional("metadata", metadata::bounded);
    for (pointer, unfit) in metadata
        .iter()
        .flatten()
        .flat_map(|sent| metadata::faults(sent))
    {
        fields.judge::<()>(&format!("metadata{pointer}"), Err(unfit));
    }
    let whole = || {
        let content = AppContent {
            name: name?,
            description: description?.unwrap_or_default(),
            category: category?.unwrap_or_default(),
            api_url: api_url?,
            ui_url: ui_url?,
            status: status?,
            metadata: metadata?.or_else(none)?,
        };
        Some((slug?, content))
    };
    fields.finish(whole())
}

/// Checks the content of `POST /v1/apps/{slug}/heartbeat`.
pub fn heartbeat(body: Box<RawValue>) -> Result<Heartbeat, Problem> {
    let mut fields = Fields::new(&body)?;
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

/// The value if no metadata was sent.
fn none() -> Option<Box<RawValue>> {
    serde_json::from_str("{}").ok()
}

fn seconds(raw: &RawValue) -> Result<i32, Invalid> {
    vocabulary::integer(raw.get())
        .filter(|seconds| (5..=3600).contains(seconds))
        .and_then(|seconds| i32::try_from(seconds).ok())
        .ok_or(Invalid("a whole number from 5 to 3600"))
}

fn health(raw: &RawValue) -> Result<Health, Invalid> {
    match raw.get() {
        r#""healthy""# => Ok(Health::Healthy),
        r#""unhealthy""# => Ok(Health::Unhealthy),
        _ => Err(Invalid("healthy or unhealthy")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, value::to_raw_value};

    use super::*;

    fn registration(slug: &str, body: Value) -> Result<(Slug, AppContent), Problem> {
        super::registration(slug, to_raw_value(&body).unwrap())
    }

    fn heartbeat(body: Value) -> Result<Heartbeat, Problem> {
        super::heartbeat(to_raw_value(&body).unwrap())
    }

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
        assert_eq!(content.metadata.get(), "{}");
    }

    #[test]
    fn each_field_is_checked() {
        for (name, value) in [
            ("name", json!("")),
            ("description", json!("\u{7}")),
            ("category", json!("x".repeat(201))),
            ("api_url", json!("drive.example")),
            ("ui_url", json!(null)),
            ("status", json!("new")),
            ("metadata", json!([])),
        ] {
            let problem = registration("drive", with(name, value)).unwrap_err();
            assert_eq!(pointers(problem), [format!("/{name}")]);
        }
    }

    #[test]
    fn metadata_is_kept_as_it_was_sent_or_refused_where_it_is_wrong() {
        let whole = |metadata: &str| {
            let body = with("metadata", json!("here")).to_string();
            let body = body.replace(r#""here""#, metadata);
            super::registration("drive", serde_json::from_str(&body).unwrap())
        };
        let kept = r#"{"big": 123456789012345678901234567890, "exact": 1.50}"#;
        assert_eq!(whole(kept).unwrap().1.metadata.get(), kept);
        let problem = whole(r#"{"a": [1e400, 1e4000], "b": "\u0000"}"#).unwrap_err();
        assert_eq!(pointers(problem), ["/metadata/a/1", "/metadata/b"]);
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
        assert_eq!(beat(json!(60.0), "healthy").unwrap().ttl_seconds, 60);
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
