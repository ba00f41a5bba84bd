//! The contract of `/access/v1`: the supported operations of the OpenID AuthZEN Authorization API 1.0.

use std::borrow::Cow;

use serde::Serialize;
use service::{
    http::{
        answers::{BodyRefused, PostgresAway, Unauthenticated},
        contract::OrganizationHeader,
    },
    problem::Problem,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr,
        schema::{AnyOfBuilder, Schema},
    },
};

/// The subject: who would do it.
#[derive(Debug, ToSchema)]
#[schema(as = AccessSubject)]
pub struct Subject {
    /// The type. Only a `user`, which may be a service account, may be allowed anything.
    #[schema(
        example = "user",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub r#type: String,
    /// The id; for a user, the `external_id`.
    #[schema(
        example = "alice",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub id: String,
    /// Properties from the request. If users ask about themselves, with their own tokens, these are ignored.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// The action: what would be done.
#[derive(Debug, ToSchema)]
#[schema(as = AccessAction)]
pub struct Action {
    /// The name.
    #[schema(
        example = "read",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub name: String,
    /// Properties from the request.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// The resource: what it would be done to.
#[derive(Debug, ToSchema)]
#[schema(as = AccessResource)]
pub struct Resource {
    /// The type.
    #[schema(
        example = "document",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub r#type: String,
    /// The id; `*` has no special meaning.
    #[schema(
        example = "7",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub id: String,
    /// Properties from the request.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// May this subject do this to that resource? Properties and context have at most 64 KiB together, and lists
/// in them at most 1,000 entries.
#[derive(Debug, ToSchema)]
pub struct Evaluation {
    /// The subject.
    pub subject: Subject,
    /// The action.
    pub action: Action,
    /// The resource.
    pub resource: Resource,
    /// The circumstances of the request.
    #[schema(required = false, value_type = Object)]
    pub context: (),
}

/// One of several evaluations. A member that is absent is taken from the request beside `evaluations`; a member that is
/// present replaces the whole of that one.
#[derive(Debug, ToSchema)]
pub struct EvaluationItem {
    /// The subject.
    #[schema(required = false)]
    pub subject: Subject,
    /// The action.
    #[schema(required = false)]
    pub action: Action,
    /// The resource.
    #[schema(required = false)]
    pub resource: Resource,
    /// The circumstances of the request.
    #[schema(required = false, value_type = Object)]
    pub context: (),
}

/// When evaluation stops: after the last item; at the first that is denied or invalid; or at the first that is
/// permitted.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum EvaluationsSemantic {
    /// After the last item.
    ExecuteAll,
    /// At the first item that is denied or invalid.
    DenyOnFirstDeny,
    /// At the first item that is permitted.
    PermitOnFirstPermit,
}

/// How evaluations are carried out.
#[derive(Debug, ToSchema)]
pub struct EvaluationsOptions {
    /// Absent: `execute_all`.
    #[schema(required = false)]
    pub evaluations_semantic: EvaluationsSemantic,
}

/// Several evaluations, and the defaults for the members that they leave out.
#[derive(Debug, ToSchema)]
pub struct SeveralEvaluations {
    /// The subject of items without one.
    #[schema(required = false)]
    pub subject: Subject,
    /// The action of items without one.
    #[schema(required = false)]
    pub action: Action,
    /// The resource of items without one.
    #[schema(required = false)]
    pub resource: Resource,
    /// The circumstances of items without any.
    #[schema(required = false, value_type = Object)]
    pub context: (),
    /// How they are carried out.
    #[schema(required = false)]
    pub options: EvaluationsOptions,
    /// The evaluations. An invalid item gets an answer at its own position.
    #[schema(min_items = 1, max_items = 1000)]
    pub evaluations: Vec<EvaluationItem>,
}

/// The request of `/access/v1/evaluations`.
#[derive(Debug)]
pub enum Evaluations {}

impl PartialSchema for Evaluations {
    fn schema() -> RefOr<Schema> {
        AnyOfBuilder::new()
            .description(Some(
                "Several evaluations; or one, where `evaluations` is absent or empty.",
            ))
            .item(Ref::from_schema_name(SeveralEvaluations::name()))
            .item(Ref::from_schema_name(Evaluation::name()))
            .into()
    }
}

impl ToSchema for Evaluations {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Evaluations")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((
            SeveralEvaluations::name().into_owned(),
            SeveralEvaluations::schema(),
        ));
        SeveralEvaluations::schemas(schemas);
        schemas.push((Evaluation::name().into_owned(), Evaluation::schema()));
        Evaluation::schemas(schemas);
    }
}

/// Whether the subject may do it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessDecision)]
pub struct Decision {
    /// True: the subject may do it. False: it must not.
    pub decision: bool,
    /// For an invalid item, the error; and the reason, for callers that may see it.
    #[schema(required = false)]
    pub context: DecisionContext,
}

/// More about a decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionContext {
    /// The reason in one sentence, for callers with the right `read` on `role:*`.
    #[schema(
        required = false,
        example = "the role viewer allows read on document:*; alice holds it through editor"
    )]
    pub reason: String,
    /// The reason why nothing could be decided.
    #[schema(required = false)]
    pub error: DecisionError,
}

/// The reason why nothing could be decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionError {
    /// As an HTTP status.
    #[schema(example = 400)]
    pub status: u16,
    /// The location of the error, and what was expected.
    pub message: String,
}

/// One decision for each evaluation, in their order, up to the one at which evaluation stopped.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeveralDecisions {
    /// The decisions.
    pub evaluations: Vec<Decision>,
}

/// One decision, or several, as requested.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AccessDecisions)]
pub enum Decisions {
    /// One decision.
    One(Decision),
    /// Several decisions.
    Several(SeveralDecisions),
}

/// May this subject do this to that resource?
///
/// A decision is valid only for its moment: the next one may differ, so do not cache it. Unknown members are ignored.
#[utoipa::path(post, path = "/access/v1/evaluation", tag = "access",
    params(OrganizationHeader),
    request_body = Evaluation,
    responses(
        (status = 200, description = "The decision", body = Decision),
        (status = 400, description = "The body is not sent as JSON, is not valid JSON, or is ambiguous: a duplicate name in one object, half of a surrogate pair, a number that a double cannot hold, or more than 127 levels; or members are missing or invalid (`errors` lists all of them)", body = Problem, content_type = "application/problem+json"),
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's, or the request is about another user and the right `evaluate` on `decision:*` is missing", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        PostgresAway,
    ))]
pub fn evaluate() {}

/// Decides up to 1,000 evaluations at once
///
/// An invalid item of `evaluations` is denied, with the error in its `context`; an error outside of the items makes the
/// whole request fail. Without `evaluations`, or with an empty list, the request is one evaluation and is answered as
/// one.
#[utoipa::path(post, path = "/access/v1/evaluations", tag = "access",
    params(OrganizationHeader),
    request_body = Evaluations,
    responses(
        (status = 200, description = "The decision", body = Decisions),
        (status = 400, description = "As for one evaluation, outside of the items; or the value of `evaluations_semantic` is unknown", body = Problem, content_type = "application/problem+json"),
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's, or an item is about another user and the right `evaluate` on `decision:*` is missing", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        PostgresAway,
    ))]
pub fn evaluate_several() {}
