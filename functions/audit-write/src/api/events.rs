//! The contract of events.

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

/// The outcome of an action.
#[derive(
    Clone, Copy, Debug, Eq, PartialEq, Deserialize, EnumString, IntoStaticStr, Serialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
#[schema(as = AuditOutcome)]
pub enum Outcome {
    /// The action was carried out.
    Success,
    /// It was attempted and failed.
    Failure,
    /// The actor was not allowed to do it.
    Denied,
}

/// An actor or a target: who did something, or what it was done to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditEntity)]
pub struct Entity {
    /// The type: 1 to 50 of A-Z, a-z, 0-9 and `_ . : / -`.
    #[serde(rename = "type")]
    #[schema(example = "user", pattern = "^[A-Za-z0-9_.:/-]{1,50}$")]
    pub kind: String,
    /// The id within the type: 1 to 255 characters; for a user, the `external_id`.
    #[schema(
        example = "alice",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub id: String,
    /// The display name: 1 to 200 characters.
    #[schema(
        required = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub name: Option<String>,
}

/// The actor, as recorded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub struct Actor {
    /// The type.
    #[serde(rename = "type")]
    #[schema(example = "user")]
    pub kind: String,
    /// The id within the type; for a user, the `external_id`.
    #[schema(example = "alice")]
    pub id: String,
    /// The display name.
    #[schema(required = false)]
    pub name: Option<String>,
    /// Only in events that the Shell itself records about a user's actions: the slug of the identity provider whose
    /// `sub` the id is. A user of another provider may have the same `sub`.
    #[schema(required = false, value_type = Option<Slug>)]
    pub identity_provider: Option<String>,
}

/// The request in which an event happened, as far as it is known.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditContext)]
pub struct Context {
    /// The client's IPv4 or IPv6 address.
    #[schema(required = false, value_type = Option<IpAddress>)]
    pub ip: Option<String>,
    /// The client's `User-Agent`: 1 to 1,000 characters.
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

/// In the contract: the address of a request's client.
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

/// An event to record, at most 64 KiB. Unknown fields are refused, also in `actor`, `targets` and `context`; so is a
/// duplicate name in one object, also in `metadata`. Texts must not contain control characters, except that texts and
/// keys in `metadata` may contain line feeds, carriage returns and tabs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAuditEvent {
    /// A UUID that the sender chooses: an event that is sent again within 35 days is recorded only once. Absent: the
    /// Shell generates one. All senders of an organization share its ids: do not use ids that another sender could
    /// guess and use first.
    #[schema(required = false, value_type = Option<Uuid>)]
    pub id: Option<String>,
    /// When it happened, RFC 3339 with any offset; absent: when it is recorded.
    #[schema(required = false, value_type = Option<Moment>)]
    pub occurred_at: Option<String>,
    /// The action that was done: 1 to 100 of A-Z, a-z, 0-9 and `_ . : / -`.
    #[schema(example = "file.deleted", pattern = "^[A-Za-z0-9_.:/-]{1,100}$")]
    pub action: String,
    /// The actor; absent: the caller, as the user in its token.
    #[schema(required = false)]
    pub actor: Option<Entity>,
    /// What it was done to: at most 50 targets; absent: none.
    #[schema(required = false, value_type = Option<Vec<Entity>>, max_items = 50)]
    pub targets: Vec<Entity>,
    /// The outcome.
    pub outcome: Outcome,
    /// The request in which it happened; absent: not known.
    #[schema(required = false)]
    pub context: Option<Context>,
    /// Other data, stored as it is sent: at most 16 KiB, and 8 levels of objects and arrays.
    #[schema(required = false, value_type = Option<Object>)]
    pub metadata: Value,
}

/// The caller that appended an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditRecorder)]
pub struct Recorder {
    /// The caller's own organization, even if it acted for another one.
    #[schema(format = "uuid")]
    pub organization_id: String,
    /// The `sub` of its token.
    pub subject: String,
}

/// An event, as recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    /// The id that the sender chose, or that the Shell generated.
    #[schema(format = "uuid")]
    pub id: String,
    /// When it was recorded, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub created_at: String,
    /// When it happened, according to its sender, RFC 3339 in UTC with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub occurred_at: String,
    /// The action that was done.
    #[schema(example = "file.deleted")]
    pub action: String,
    /// The actor.
    pub actor: Actor,
    /// What it was done to.
    pub targets: Vec<Entity>,
    /// The outcome.
    pub outcome: Outcome,
    /// The request in which it happened.
    pub context: Context,
    /// Other data, as it was sent.
    #[schema(value_type = Object)]
    pub metadata: Value,
    /// The caller that appended it; null if the Shell itself recorded it.
    #[schema(required = true)]
    pub recorded_by: Option<Recorder>,
}
