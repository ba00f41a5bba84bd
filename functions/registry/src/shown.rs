//! An app as it is registered, and as it is returned with its lease.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use service::problem::Problem;
use uuid::Uuid;
use vocabulary::AppStatus;

use crate::{api::apps::Health, lease::Lease};

/// An app as PostgreSQL describes it: everything except its lease.
#[derive(Clone, Debug, Deserialize)]
pub struct RegisteredApp {
    /// The id by which its lease is found.
    pub id: Uuid,
    /// The version, never the same for two states of one resource.
    pub version: i64,
    /// The registered content.
    pub value: Registration,
}

/// The fields of [`crate::api::apps::App`] that do not depend on a lease.
#[derive(Clone, Debug, Deserialize)]
pub struct Registration {
    /// The app's slug.
    pub slug: String,
    /// The app's category.
    pub category: String,
    /// The status that the platform's administrators have set.
    pub status: AppStatus,
    name: String,
    description: String,
    api_url: String,
    ui_url: String,
    /// In PostgreSQL's form, since parsing would change some of its numbers.
    metadata: Box<RawValue>,
    updated_at: String,
}

#[derive(Serialize)]
struct BeforeLease<'a> {
    slug: &'a str,
    name: &'a str,
    description: &'a str,
    category: &'a str,
    api_url: &'a str,
    ui_url: &'a str,
    status: AppStatus,
}

#[derive(Serialize)]
struct AfterLease<'a> {
    metadata: &'a RawValue,
    updated_at: &'a str,
}

impl RegisteredApp {
    /// Its JSON in two halves, between which [`join`] puts the lease.
    pub fn json_around_lease(&self) -> Result<(Vec<u8>, Vec<u8>), Problem> {
        let app = &self.value;
        let unwritable = |fault: serde_json::Error| {
            Problem::internal(format!("the document of an app: {fault}"))
        };
        let before = serde_json::to_vec(&BeforeLease {
            slug: &app.slug,
            name: &app.name,
            description: &app.description,
            category: &app.category,
            api_url: &app.api_url,
            ui_url: &app.ui_url,
            status: app.status,
        });
        let after = serde_json::to_vec(&AfterLease {
            metadata: &app.metadata,
            updated_at: &app.updated_at,
        });
        let (mut before, mut after) = (before.map_err(unwritable)?, after.map_err(unwritable)?);
        // Two objects become one: the closing brace of the first is removed, the opening brace of the second becomes
        // a comma.
        before.pop();
        if let Some(brace) = after.first_mut() {
            *brace = b',';
        }
        Ok((before, after))
    }

    /// Its JSON.
    pub fn json(&self, lease: Option<Lease>) -> Result<Vec<u8>, Problem> {
        let (before, after) = self.json_around_lease()?;
        Ok(join(&before, lease, &after))
    }
}

/// The JSON of an app, from its halves and its lease.
pub fn join(before: &[u8], lease: Option<Lease>, after: &[u8]) -> Vec<u8> {
    match lease {
        None => [
            before,
            br#","health":"unknown","lease_expires_at":null"#,
            after,
        ]
        .concat(),
        Some(lease) => {
            let health = match lease.health {
                Health::Unhealthy => "unhealthy",
                _ => "healthy",
            };
            let end = lease.end().to_string();
            let lease = [
                r#","health":""#,
                health,
                r#"","lease_expires_at":""#,
                &end,
                "\"",
            ]
            .concat();
            [before, lease.as_bytes(), after].concat()
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{api::apps::App, lease::Leases};

    /// An app with a slug.
    pub fn registered(slug: &str) -> RegisteredApp {
        let (first, rest) = slug.split_at(1);
        let document = json!({"id": Uuid::nil(), "version": 1, "value": {
            "slug": slug, "name": first.to_uppercase() + rest, "description": "", "category": "",
            "api_url": format!("https://{slug}.example/api"), "ui_url": format!("https://{slug}.example"),
            "status": "available", "metadata": {}, "updated_at": "2026-01-31T12:00:00.000000Z"}});
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn an_app_is_what_the_contract_says() {
        let app = registered("chat");
        let shown: Value = serde_json::from_slice(&app.json(None).unwrap()).unwrap();
        let contract: App = serde_json::from_value(shown.clone()).unwrap();
        assert_eq!(serde_json::to_value(contract).unwrap(), shown);
        assert_eq!(shown["health"], "unknown");

        let json = format!(r#"[["{}","unhealthy",1769860800000001]]"#, Uuid::nil());
        let leases = Leases::from_json(&json).unwrap();
        let lease = leases.of(app.id, clock::Timestamp::from_unix(0, 0));
        let shown: Value = serde_json::from_slice(&app.json(lease).unwrap()).unwrap();
        assert_eq!(shown["health"], "unhealthy");
        assert_eq!(shown["lease_expires_at"], "2026-01-31T12:00:00.000001Z");
    }

    #[test]
    fn numbers_in_metadata_stay_as_they_are() {
        let text = r#"{"id":"00000000-0000-0000-0000-000000000000","version":1,"value":{"slug":"a",
            "name":"A","description":"","category":"","api_url":"u","ui_url":"u","status":"available",
            "metadata":{"n":123456789012345678901234567890.10},"updated_at":"t"}}"#;
        let app: RegisteredApp = serde_json::from_str(text).unwrap();
        let shown = String::from_utf8(app.json(None).unwrap()).unwrap();
        assert!(
            shown.contains("123456789012345678901234567890.10"),
            "{shown}"
        );
    }
}
