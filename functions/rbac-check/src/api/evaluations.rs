//! The contract of `/access/v1`: the operations of the OpenID AuthZEN Authorization API 1.0 that are served.

use std::borrow::Cow;

use serde::Serialize;
use service::{http::contract::OrganizationHeader, problem::Problem};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr,
        schema::{AnyOfBuilder, Schema},
    },
};

/// Who would do it.
#[derive(Debug, ToSchema)]
#[schema(as = AccessSubject)]
pub struct Subject {
    /// Its type. Only a `user`, a service account too, may be allowed anything.
    #[schema(
        example = "user",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub r#type: String,
    /// Which of its type; a user's `external_id`.
    #[schema(
        example = "alice",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub id: String,
    /// What the caller says of it. Of what users say of themselves, with their own tokens, nothing counts.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// What would be done.
#[derive(Debug, ToSchema)]
#[schema(as = AccessAction)]
pub struct Action {
    /// Its name.
    #[schema(
        example = "read",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub name: String,
    /// What the caller says of it.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// What it would be done to.
#[derive(Debug, ToSchema)]
#[schema(as = AccessResource)]
pub struct Resource {
    /// Its type.
    #[schema(
        example = "document",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub r#type: String,
    /// Which of its type; `*` is one like any other.
    #[schema(
        example = "7",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub id: String,
    /// What the caller says of it.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// May this subject do this to that resource? Properties and context have at most 64 KiB together, and lists
/// in them at most 1,000 entries.
#[derive(Debug, ToSchema)]
pub struct Evaluation {
    /// Who.
    pub subject: Subject,
    /// What.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// In which circumstances.
    #[schema(required = false, value_type = Object)]
    pub context: (),
}

/// One of several evaluations. What is absent is as the request has it beside `evaluations`; what is there
/// takes the place of that whole.
#[derive(Debug, ToSchema)]
pub struct EvaluationItem {
    /// Who.
    #[schema(required = false)]
    pub subject: Subject,
    /// What.
    #[schema(required = false)]
    pub action: Action,
    /// To what.
    #[schema(required = false)]
    pub resource: Resource,
    /// In which circumstances.
    #[schema(required = false, value_type = Object)]
    pub context: (),
}

/// When evaluation ends: with the last; with the first that is denied or at fault; or with the first that is
/// permitted.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum EvaluationsSemantic {
    /// With the last.
    ExecuteAll,
    /// With the first that is denied or at fault.
    DenyOnFirstDeny,
    /// With the first that is permitted.
    PermitOnFirstPermit,
}

/// How evaluations are carried out.
#[derive(Debug, ToSchema)]
pub struct EvaluationsOptions {
    /// Absent: `execute_all`.
    #[schema(required = false)]
    pub evaluations_semantic: EvaluationsSemantic,
}

/// Several evaluations, and what stands for the members that they leave out.
#[derive(Debug, ToSchema)]
pub struct SeveralEvaluations {
    /// Who, where an item does not say.
    #[schema(required = false)]
    pub subject: Subject,
    /// What, where an item does not say.
    #[schema(required = false)]
    pub action: Action,
    /// To what, where an item does not say.
    #[schema(required = false)]
    pub resource: Resource,
    /// In which circumstances, where an item does not say.
    #[schema(required = false, value_type = Object)]
    pub context: (),
    /// How they are carried out.
    #[schema(required = false)]
    pub options: EvaluationsOptions,
    /// The evaluations. An item that is at fault is answered in its place.
    #[schema(min_items = 1, max_items = 1000)]
    pub evaluations: Vec<EvaluationItem>,
}

/// What `/access/v1/evaluations` is asked.
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
    /// True: it may. False: it must not.
    pub decision: bool,
    /// Of an item at fault: what is wrong with it. And the reason, for who may know it.
    #[schema(required = false)]
    pub context: DecisionContext,
}

/// More about a decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionContext {
    /// Why it was decided so, in one sentence: for callers with the right to `read` `role:*`.
    #[schema(
        required = false,
        example = "the role viewer allows read on document:*; alice holds it through editor"
    )]
    pub reason: String,
    /// Why nothing could be decided.
    #[schema(required = false)]
    pub error: DecisionError,
}

/// Why nothing could be decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionError {
    /// As an HTTP status.
    #[schema(example = 400)]
    pub status: u16,
    /// Where, and what was expected.
    pub message: String,
}

/// One decision an evaluation, in their order, up to the one with which evaluation ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeveralDecisions {
    /// The decisions.
    pub evaluations: Vec<Decision>,
}

/// One decision, or several, as it was asked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AccessDecisions)]
pub enum Decisions {
    /// One.
    One(Decision),
    /// Several.
    Several(SeveralDecisions),
}

/// May this subject do this to that resource?
///
/// A decision counts for its moment alone: the next one may differ, and it is not to be kept. Unknown
/// members are ignored.
#[utoipa::path(post, path = "/access/v1/evaluation", tag = "access",
    params(OrganizationHeader),
    request_body = Evaluation,
    responses(
        (status = 200, description = "It was decided", body = Decision),
        (status = 400, description = "The body is not sent as JSON, is none, or is unclear: a name twice in one object, half of a surrogate pair, a number that no double holds, or more than 127 levels; or members are missing or do not fit (all of them in `errors`)", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, not the caller's, or somebody else than the caller is asked about without the right: `evaluate` on `decision:*`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn evaluate() {}

/// The same for up to 1,000 at once
///
/// An item of `evaluations` that is at fault is denied, with the fault in its `context`; a fault outside of
/// the items is the whole request's. Without `evaluations`, or with an empty list, it is one evaluation and
/// answered as one.
#[utoipa::path(post, path = "/access/v1/evaluations", tag = "access",
    params(OrganizationHeader),
    request_body = Evaluations,
    responses(
        (status = 200, description = "It was decided", body = Decisions),
        (status = 400, description = "As for one evaluation, outside of the items; or the semantic is unknown", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, not the caller's, or somebody else than the caller is asked about, in one item say, without the right: `evaluate` on `decision:*`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn evaluate_several() {}
