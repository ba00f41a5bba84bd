//! What an event is.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{EnumString, IntoStaticStr};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Type,
        schema::{AnyOfBuilder, ObjectBuilder, Schema, SchemaFormat},
    },
};
use vocabulary::contract::{Moment, Slug, Uuid};

/// How what was done ended.
#[derive(
    Clone, Copy, Debug, Eq, PartialEq, Deserialize, EnumString, IntoStaticStr, Serialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
#[schema(as = AuditOutcome)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was tried, and went wrong.
    Failure,
    /// The actor was not allowed to.
    Denied,
}

/// Who did something, or what it was done to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditEntity)]
pub struct Entity {
    /// Its kind: 1 to 50 of A-Z, a-z, 0-9 and `_ . : / -`.
    #[serde(rename = "type")]
    #[schema(example = "user", pattern = "^[A-Za-z0-9_.:/-]{1,50}$")]
    pub kind: String,
    /// Which of its kind: 1 to 255 characters. A user is named by its `external_id`.
    #[schema(
        example = "alice",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub id: String,
    /// What people call it: 1 to 200 characters.
    #[schema(
        required = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub name: Option<String>,
}

/// Who did something, as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub struct Actor {
    /// Its kind.
    #[serde(rename = "type")]
    #[schema(example = "user")]
    pub kind: String,
    /// Which of its kind. A user is named by its `external_id`.
    #[schema(example = "alice")]
    pub id: String,
    /// What people call it.
    #[schema(required = false)]
    pub name: Option<String>,
    /// In events of the Shell's own, of what a user did: the slug of the identity provider whose `sub` the id is. A
    /// user of another provider may have the same.
    #[schema(required = false, value_type = Option<Slug>)]
    pub identity_provider: Option<String>,
}

/// What is known of the request in which an event happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditContext)]
pub struct Context {
    /// Where it came from: an IPv4 or IPv6 address.
    #[schema(required = false, value_type = Option<IpAddress>)]
    pub ip: Option<String>,
    /// What sent it: 1 to 1,000 characters.
    #[schema(
        required = false,
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub user_agent: Option<String>,
    /// Its `X-Request-ID`: 1 to 128 printable ASCII characters.
    #[schema(
        required = false,
        min_length = 1,
        max_length = 128,
        pattern = "^[ -~]*$"
    )]
    pub request_id: Option<String>,
    /// The trace id of its `traceparent`: 32 of 0-9 and a-f, not all of them 0.
    #[schema(
        required = false,
        min_length = 32,
        max_length = 32,
        pattern = "^[0-9a-f]*[1-9a-f][0-9a-f]*$"
    )]
    pub trace_id: Option<String>,
}

/// In the contract: where a request came from.
#[derive(Debug)]
pub enum IpAddress {}

impl PartialSchema for IpAddress {
    fn schema() -> RefOr<Schema> {
        let of = |format: &str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::Custom(format.to_owned())))
        };
        AnyOfBuilder::new()
            .description(Some("An IPv4 or IPv6 address."))
            .item(of("ipv4"))
            .item(of("ipv6"))
            .examples(["2001:db8::1"])
            .into()
    }
}

impl ToSchema for IpAddress {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("IpAddress")
    }
}

/// What happened, in 64 KiB at most. Fields that are not named here are faults, in `actor`, `targets` and `context` as
/// well; and so is a name that stands twice in one object, in `metadata` as well. No text has control characters, but
/// those in `metadata`, its keys included, may have line feeds, carriage returns and tabs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAuditEvent {
    /// A UUID of the sender's choice: within 35 days, an event that is sent again is recorded once.
    /// Absent: the Shell makes one. Ids are the organization's, whoever sends them: one that others could
    /// guess could be taken by them first.
    #[schema(required = false, value_type = Option<Uuid>)]
    pub id: Option<String>,
    /// When it happened, in RFC 3339 with any offset; absent: when it is recorded.
    #[schema(required = false, value_type = Option<Moment>)]
    pub occurred_at: Option<String>,
    /// What was done: 1 to 100 of A-Z, a-z, 0-9 and `_ . : / -`.
    #[schema(example = "file.deleted", pattern = "^[A-Za-z0-9_.:/-]{1,100}$")]
    pub action: String,
    /// Who did it; absent: the caller, as the user that its token names.
    #[schema(required = false)]
    pub actor: Option<Entity>,
    /// What it was done to: at most 50; absent: nothing.
    #[schema(required = false, value_type = Option<Vec<Entity>>, max_items = 50)]
    pub targets: Vec<Entity>,
    /// How it ended.
    pub outcome: Outcome,
    /// The request in which it happened; absent: nothing is known.
    #[schema(required = false)]
    pub context: Option<Context>,
    /// Anything else, kept as it is sent: at most 16 KiB, and 8 levels of objects and arrays.
    #[schema(required = false, value_type = Option<Object>)]
    pub metadata: Value,
}

/// Who appended an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditRecorder)]
pub struct Recorder {
    /// Its own organization, whomever it acted for.
    #[schema(format = "uuid")]
    pub organization_id: String,
    /// The `sub` of its token.
    pub subject: String,
}

/// What happened, as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    /// The sender's, or the Shell's.
    #[schema(format = "uuid")]
    pub id: String,
    /// When it was recorded, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub created_at: String,
    /// When it happened, as its sender says; in UTC with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub occurred_at: String,
    /// What was done.
    #[schema(example = "file.deleted")]
    pub action: String,
    /// Who did it.
    pub actor: Actor,
    /// What it was done to.
    pub targets: Vec<Entity>,
    /// How it ended.
    pub outcome: Outcome,
    /// The request in which it happened.
    pub context: Context,
    /// Anything else, as it was sent.
    #[schema(value_type = Object)]
    pub metadata: Value,
    /// The caller who appended it; null where the Shell itself did.
    #[schema(required = true)]
    pub recorded_by: Option<Recorder>,
}
