//! The contract of `/v1/access/explain`.

use serde::Serialize;
use service::{http::contract::OrganizationHeader, problem::Problem};
use utoipa::ToSchema;
use vocabulary::contract::{GroupPath, Slug};

use super::{evaluations::Evaluation, roles::Permission};

/// A decision, and how it came about.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// As `/access/v1/evaluation` decides now, where the same caller asks.
    pub decision: bool,
    /// Why, in one sentence: as a decision has it in its `context`.
    pub reason: String,
    /// Every role that the subject holds now, by slug. Where not all are shown, those with one of the lines are.
    pub roles: Vec<HeldRole>,
    /// How many roles more there are than are shown here: at most 500 are.
    pub roles_left_out: usize,
    /// Roles that were assigned to it, and that it does not hold by that any more.
    pub ended: Vec<EndedRole>,
    /// How many of them more there are than are shown here: at most 500 are.
    pub ended_left_out: usize,
    /// The lines of its roles that are about the resource and the action, those first that decided.
    pub lines: Vec<ConsideredLine>,
    /// How many lines more there are than are shown here: at most 1,000 are.
    pub lines_left_out: usize,
}

/// A role that the subject holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldRole {
    /// The role's slug.
    #[schema(value_type = Slug, example = "viewer")]
    pub role: String,
    /// By which ways, the shortest first: one from each role that leads to it and was assigned, and one from each
    /// that leads to it and is held by groups, and ten at most.
    pub ways: Vec<RoleWay>,
}

/// A way by which a role is held.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleWay {
    /// From the role that was assigned, or that a group gives, down to this one, each inheriting the next.
    #[schema(value_type = Vec<Slug>, example = json!(["editor", "viewer"]))]
    pub path: Vec<String>,
    /// When the assignment ends, RFC 3339 with six fraction digits; null: it does not.
    #[schema(
        required = true,
        format = "date-time",
        example = "2030-01-31T12:00:00.000000Z"
    )]
    pub valid_until: Option<String>,
    /// The path of the group that gives the first role, where it was not assigned; of several, the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = GroupPath)]
    pub by_group: Option<String>,
}

/// A role that was assigned, and is over.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndedRole {
    /// The role's slug.
    #[schema(value_type = Slug, example = "editor")]
    pub role: String,
    /// When the assignment ended, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub valid_until: String,
}

/// A line that was considered.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsideredLine {
    /// The slug of its role.
    #[schema(value_type = Slug, example = "viewer")]
    pub role: String,
    #[serde(flatten)]
    #[allow(missing_docs, reason = "its fields are the line's")]
    pub line: Permission,
    /// What came of its condition.
    pub outcome: LineOutcome,
    /// Whether the decision came by this line. Several may have decided alike.
    pub decided: bool,
    /// What its condition names, in the order in which it does.
    pub values: Vec<ReadValue>,
}

/// What came of a line's condition.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineOutcome {
    /// It holds, or there is none.
    Counts,
    /// It does not hold: the line does not count.
    DoesNotHold,
    /// It gives no result that is true or false: a line that allows does not count, and one that denies does.
    CannotBeJudged,
}

/// An attribute that a condition names. Without a value and a word on it, it is one that is or would be stored,
/// and that the caller may not read: that takes `read` on `user:<id>`, or on `resource:<type>/<id>`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadValue {
    /// Its name.
    #[schema(example = "resource.properties.status")]
    pub name: String,
    /// Its value, by which the condition was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = json!("archived"))]
    pub value: Option<serde_json::Value>,
    /// True where there is none of that name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub is_missing: bool,
    /// True where the answer has no place for it any more: values have 256 KiB together.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub is_too_large: bool,
}

/// Why is an evaluation decided as it is?
///
/// It is decided as `/access/v1/evaluation` would, by the roles, the lines and the conditions that the answer
/// shows. Unknown members are ignored.
#[utoipa::path(post, path = "/v1/access/explain", tag = "roles",
    params(OrganizationHeader),
    request_body = Evaluation,
    responses(
        (status = 200, description = "The decision, and how it came about", body = Explanation),
        (status = 400, description = "The body is no JSON, or is unclear: a name twice in one object, half of a surrogate pair, a number that no double holds, or more than 127 levels", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `read` on `role:*`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Members are missing or do not fit: all of them in `errors`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn explain() {}
