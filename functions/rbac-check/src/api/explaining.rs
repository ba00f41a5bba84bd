//! The contract of `/v1/access/explain`.

use serde::Serialize;
use service::{
    http::{
        answers::{BodyRefused, PostgresAway, Unauthenticated},
        contract::OrganizationHeader,
    },
    problem::Problem,
};
use utoipa::ToSchema;
use vocabulary::contract::{GroupPath, Slug};

use super::{evaluations::Evaluation, roles::Permission};

/// A decision and its explanation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// The decision that `/access/v1/evaluation` makes now for the same caller.
    pub decision: bool,
    /// The reason in one sentence, as in the `context` of a decision.
    pub reason: String,
    /// Every role that the subject holds now, by slug. If not all are shown, those with one of the lines are.
    pub roles: Vec<HeldRole>,
    /// The number of roles that are not shown: at most 500 are shown.
    pub roles_left_out: usize,
    /// Roles whose assignments to the subject have ended.
    pub ended: Vec<EndedRole>,
    /// The number of ended assignments that are not shown: at most 500 are shown.
    pub ended_left_out: usize,
    /// The lines of its roles that match the resource and the action, those that decided first.
    pub lines: Vec<ConsideredLine>,
    /// The number of lines that are not shown: at most 1,000 are shown.
    pub lines_left_out: usize,
}

/// A role that the subject holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldRole {
    /// The role's slug.
    #[schema(value_type = Slug, example = "viewer")]
    pub role: String,
    /// The paths through which it is held, the shortest first: one from each role that leads to it and was assigned,
    /// and one from each that leads to it and is held through groups, at most ten.
    pub ways: Vec<RoleWay>,
}

/// A path through which a role is held.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleWay {
    /// From the role that was assigned, or that a group gives, down to this one; each role inherits the next.
    #[schema(value_type = Vec<Slug>, example = json!(["editor", "viewer"]))]
    pub path: Vec<String>,
    /// When the assignment ends, RFC 3339 with six fraction digits; null: never.
    #[schema(
        required = true,
        format = "date-time",
        example = "2030-01-31T12:00:00.000000Z"
    )]
    pub valid_until: Option<String>,
    /// The path of the group that gives the first role, if it was not assigned; of several, the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = GroupPath)]
    pub by_group: Option<String>,
}

/// A role whose assignment has ended.
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
    /// The result of its condition.
    pub outcome: LineOutcome,
    /// Whether this line decided. Several lines may have decided together.
    pub decided: bool,
    /// The attributes that its condition names, in that order.
    pub values: Vec<ReadValue>,
}

/// The result of a line's condition.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineOutcome {
    /// The condition holds, or there is none.
    Counts,
    /// The condition does not hold: the line does not apply.
    DoesNotHold,
    /// The condition gives neither true nor false: a line that allows does not apply, and one that denies does.
    CannotBeJudged,
}

/// An attribute that a condition names. If it has only a name, a value is or could be stored, and the caller may not
/// read it: this needs `read` on `user:<id>`, or on `resource:<type>/<id>`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadValue {
    /// The name.
    #[schema(example = "resource.properties.status")]
    pub name: String,
    /// The value with which the condition was evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = json!("archived"))]
    pub value: Option<serde_json::Value>,
    /// True if there is no attribute of that name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub is_missing: bool,
    /// True if the value does not fit into the answer: all values have 256 KiB together.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub is_too_large: bool,
}

/// Explains why an evaluation is decided as it is
///
/// The decision is the one of `/access/v1/evaluation`, by the roles, the lines and the conditions that the answer
/// shows. Unknown members are ignored.
#[utoipa::path(post, path = "/v1/access/explain", tag = "roles",
    params(OrganizationHeader),
    request_body = Evaluation,
    responses(
        (status = 200, description = "The decision and its explanation", body = Explanation),
        (status = 400, description = "The body is not valid JSON, or is ambiguous: a duplicate name in one object, half of a surrogate pair, a number that a double cannot hold, or more than 127 levels", body = Problem, content_type = "application/problem+json"),
        Unauthenticated,
        (status = 403, description = "The right `read` on `role:*` is missing", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        (status = 422, description = "Members are missing or invalid: `errors` lists all of them", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn explain() {}
