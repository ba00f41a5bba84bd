//! The body of `POST /v1/revocations`, validated.

use serde::Serialize;
use serde_json::value::RawValue;
use service::{
    http::{
        fields::{Fields, text},
        json,
    },
    problem::Problem,
};
use uuid::Uuid;
use vocabulary::Invalid;

/// What is to be revoked: a parameter of `shell.add_revocation`.
#[derive(Debug, Eq, PartialEq, Serialize)]
pub struct Revocation {
    #[serde(flatten)]
    of: Of,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Of {
    Subject {
        value: String,
    },
    Session {
        value: String,
    },
    TokenId {
        value: String,
    },
    Client {
        value: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        identity_provider: Option<String>,
    },
    /// By its slug or by its id.
    Organization {
        #[serde(skip_serializing_if = "Option::is_none")]
        slug: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
    },
}

/// The name of a member, and what it revokes.
type Kind = (&'static str, fn(String) -> Of);

impl Revocation {
    /// Validates a body, except for what only the database knows.
    pub fn new(body: &RawValue) -> Result<Self, Problem> {
        let mut fields = Fields::new(body)?;
        for name in repeated(body) {
            fields.judge::<()>(name, Err(Invalid("it once")));
        }
        let mut named = Vec::new();
        let kinds: [Kind; 4] = [
            ("subject", |value| Of::Subject { value }),
            ("session", |value| Of::Session { value }),
            ("token_id", |value| Of::TokenId { value }),
            ("client", |value| Of::Client {
                value,
                identity_provider: None,
            }),
        ];
        for (name, of) in kinds {
            let value = fields.optional(name, text(vocabulary::external_id));
            // An invalid member counts as named.
            if value != Some(None) {
                named.push((name, value.flatten().map(of)));
            }
        }
        let organization = fields.optional("organization", text(organization));
        if organization != Some(None) {
            let of = organization.flatten().map(|sent| Of::Organization {
                id: vocabulary::id(&sent),
                slug: vocabulary::slug(&sent).ok().map(str::to_owned),
            });
            named.push(("organization", of));
        }
        let identity_provider = fields
            .optional("identity_provider", text(vocabulary::slug))
            .flatten();
        let reason = fields.optional("reason", text(vocabulary::reason));

        let mut named = named.into_iter();
        let (name, mut of) = named.next().unzip();
        if name.is_none() {
            fields.judge_whole::<()>(Err(Invalid(
                "exactly one of subject, session, token_id, client and organization",
            )));
        }
        for (name, _) in named {
            fields.judge::<()>(name, Err(Invalid("only one thing to revoke")));
        }
        if let Some(Some(Of::Client {
            identity_provider: of_client,
            ..
        })) = &mut of
        {
            *of_client = identity_provider;
        } else if identity_provider.is_some() && name != Some("client") {
            fields.judge::<()>("identity_provider", Err(Invalid("it only with client")));
        }
        let whole = of.flatten().zip(reason);
        fields.finish(whole.map(|(of, reason)| Self { of, reason }))
    }

    /// Whether it revokes a provider's tokens everywhere, and not only those of the entered organization.
    pub fn is_platforms(&self) -> bool {
        matches!(self.of, Of::Client { .. } | Of::Organization { .. })
    }
}

/// All members that a body may have.
const MEMBERS: [&str; 7] = [
    "subject",
    "session",
    "token_id",
    "client",
    "organization",
    "identity_provider",
    "reason",
];

/// The members that occur more than once. Elsewhere the last one counts; here the sender means to revoke both.
fn repeated(body: &RawValue) -> impl Iterator<Item = &'static str> {
    let members = json::members(body).unwrap_or_default();
    MEMBERS.into_iter().filter(move |name| {
        let is_called_so = |key: &str| json::text(key).is_ok_and(|key| key == *name);
        let same = members.iter().filter(|(key, _)| is_called_so(key));
        same.count() > 1
    })
}

/// A slug is never the hyphenated form of a UUID, and no other form is accepted as an id.
fn organization(text: &str) -> Result<&str, Invalid> {
    let is_one = vocabulary::id(text).is_some() || vocabulary::slug(text).is_ok();
    is_one
        .then_some(text)
        .ok_or(Invalid("the slug or id of an organization"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, value::to_raw_value};

    use super::*;

    fn read(body: &Value) -> Result<Revocation, Problem> {
        Revocation::new(&to_raw_value(body).unwrap())
    }

    #[track_caller]
    fn check(body: Value, is_platforms: bool, expected: Value) {
        let revocation = read(&body).unwrap();
        assert_eq!(revocation.is_platforms(), is_platforms, "{body}");
        assert_eq!(
            serde_json::to_value(revocation).unwrap(),
            expected,
            "{body}"
        );
    }

    #[test]
    fn each_kind_is_read() {
        check(
            json!({"subject": "alice", "reason": "gone", "session": null, "more": 1}),
            false,
            json!({"kind": "subject", "value": "alice", "reason": "gone"}),
        );
        check(
            json!({"session": "s"}),
            false,
            json!({"kind": "session", "value": "s"}),
        );
        check(
            json!({"token_id": "t"}),
            false,
            json!({"kind": "token_id", "value": "t"}),
        );
        check(
            json!({"client": "web"}),
            true,
            json!({"kind": "client", "value": "web"}),
        );
        check(
            json!({"client": "web", "identity_provider": "veni"}),
            true,
            json!({"kind": "client", "value": "web", "identity_provider": "veni"}),
        );
        check(
            json!({"organization": "acme"}),
            true,
            json!({"kind": "organization", "slug": "acme"}),
        );
        let id = "01970000-0000-7000-8000-000000000001";
        check(
            json!({ "organization": id }),
            true,
            json!({"kind": "organization", "id": id}),
        );
    }

    #[track_caller]
    fn refused(body: Value, expected: &[&str]) {
        let document = serde_json::to_value(read(&body).unwrap_err()).unwrap();
        let errors = document["errors"].as_array().unwrap();
        let pointers: Vec<_> = errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(pointers, expected, "{body}");
    }

    #[test]
    fn what_stands_twice_is_refused() {
        let pointers = |body: &str| {
            let raw: &RawValue = serde_json::from_str(body).unwrap();
            let fault = serde_json::to_value(Revocation::new(raw).unwrap_err()).unwrap();
            let errors = fault["errors"].as_array().unwrap();
            let pointers = errors.iter().map(|error| error["pointer"].clone());
            Value::from_iter(pointers)
        };
        for body in [
            r#"{"subject":"a","subject":"b"}"#,
            r#"{"subject":"a","subject":"a"}"#,
            r#"{"subject":"a","\u0073ubject":"b"}"#,
        ] {
            assert_eq!(pointers(body), json!(["/subject"]), "{body}");
        }
        let none = r#"{"subject":"a","subject":null}"#;
        assert_eq!(pointers(none), json!(["/subject", ""]));
        let reasons = r#"{"subject":"a","reason":"x","reason":"y"}"#;
        assert_eq!(pointers(reasons), json!(["/reason"]));
        let others = r#"{"subject":"a","more":1,"more":2}"#;
        assert!(Revocation::new(serde_json::from_str(others).unwrap()).is_ok());
    }

    #[test]
    fn all_faults_are_told() {
        refused(json!({}), &[""]);
        refused(json!({"reason": 1}), &["/reason", ""]);
        refused(json!({"subject": ""}), &["/subject"]);
        refused(json!({"subject": "a\tb"}), &["/subject"]);
        refused(
            json!({"subject": "a", "session": "b", "organization": "acme"}),
            &["/session", "/organization"],
        );
        refused(
            json!({"subject": 1, "client": "b"}),
            &["/subject", "/client"],
        );
        refused(json!({"organization": "No"}), &["/organization"]);
        refused(
            json!({"organization": "acme", "identity_provider": "veni"}),
            &["/identity_provider"],
        );
        refused(
            json!({"client": "web", "identity_provider": "No"}),
            &["/identity_provider"],
        );
        refused(
            json!({"subject": "a", "reason": "x".repeat(1_001)}),
            &["/reason"],
        );
        refused(json!([]), &[""]);
    }
}
