//! Policies, from PostgreSQL: one call of one function.

use std::collections::{BTreeSet, HashMap};

use decisions::SubjectPolicy;
use service::{problem::Problem, sql, tenant::Authorized};
use uuid::Uuid;

use crate::evaluating::request::Asked;

/// What is known of the subjects in the organization that was entered.
pub struct Found {
    /// Which organization that is.
    pub organization: Option<Uuid>,
    /// The policies of those who are users, by `external_id`.
    pub policies: HashMap<String, SubjectPolicy>,
}

/// Finds the policies of all users that are asked about.
pub async fn find_policies(authorized: &Authorized, asked: &Asked<'_>) -> Result<Found, Problem> {
    let users = asked.subjects().filter(|subject| subject.kind == "user");
    let users: BTreeSet<_> = users.map(|subject| &*subject.id).collect();
    let users = users.into_iter().map(str::to_owned).collect();
    let call = sql::call("find_access", authorized).optional_texts(Some(users));
    let mut row = call.row().await?;
    let policies = row.text("policies")?.unwrap_or_default();
    let policies: Vec<SubjectPolicy> = serde_json::from_str(&policies)
        .map_err(|fault| Problem::internal(format!("policies: {fault}")))?;
    let by_user = policies
        .into_iter()
        .map(|policy| (policy.subject.clone(), policy));
    Ok(Found {
        organization: row.uuid("organization_id")?,
        policies: by_user.collect(),
    })
}
