//! One change: one call of one function of the database, then Redis is told.

use service::{
    kept::Change,
    problem::Problem,
    sql::{self, ParameterValue},
    tenant::{self, TenantPath},
};

use super::announcement::announce;
use crate::outcome::{self, Done};

/// Who changes something, as the audit trail will name it.
pub struct Author {
    /// The way to the tenant.
    pub path: TenantPath,
    /// The `sub` of the caller's token.
    pub subject: String,
    /// The request's id.
    pub request_id: String,
}

/// Calls a function of V13, which adds the event of the change; answers what came of it, and what
/// stands now as JSON.
pub async fn change(
    function: &str,
    author: &Author,
    more: Vec<ParameterValue>,
) -> Result<(Done, String), Problem> {
    let mut parameters = sql::tenant_parameters(&author.path);
    parameters.push(ParameterValue::Str(author.subject.clone()));
    parameters.push(ParameterValue::Str(author.request_id.clone()));
    parameters.extend(more);
    call(function, parameters).await
}

/// The same for what is no event.
pub async fn renew(
    function: &str,
    path: &TenantPath,
    more: Vec<ParameterValue>,
) -> Result<(Done, String), Problem> {
    let mut parameters = sql::tenant_parameters(path);
    parameters.extend(more);
    call(function, parameters).await
}

async fn call(function: &str, parameters: Vec<ParameterValue>) -> Result<(Done, String), Problem> {
    let places: Vec<_> = (1..=parameters.len()).map(|at| format!("${at}")).collect();
    let statement = format!(
        "SELECT c.refusal, c.outcome, c.counter::text, c.affected, c.document, m.previous_mark, m.mark \
         FROM shell.{function}({}) c, LATERAL shell.marks_of_change(c.counter) m",
        places.join(", ")
    );
    let mut row = sql::one_row(&statement, parameters).await?;
    if let Some(refusal) = row.text(0)? {
        return Err(tenant::refused(&refusal));
    }
    let outcome = row.text(1)?.unwrap_or_default();
    let (counter, affected) = (row.text(2)?, row.text(3)?);
    let document = row.text(4)?;
    let marks = row.text(5)?.zip(row.text(6)?);
    let done = outcome::judge(&outcome, document.as_deref())?;

    let counter = counter.and_then(|counter| counter.parse().ok());
    let affected = affected.and_then(|json| serde_json::from_str::<Vec<_>>(&json).ok());
    let (Some(counter), Some(affected)) = (counter, affected) else {
        return Err(Problem::internal(format!(
            "{function} names nobody to tell"
        )));
    };
    announce(&Change { counter, marks }, &affected).await?;
    Ok((done, document.unwrap_or_default()))
}

/// What may stand for the change to be made, or NULL.
pub fn wanted(versions: Option<Vec<String>>) -> ParameterValue {
    versions.map_or(ParameterValue::DbNull, |versions| {
        ParameterValue::ArrayStr(versions.into_iter().map(Some).collect())
    })
}

/// Reads what a function gave as JSON.
pub fn parse<T: serde::de::DeserializeOwned>(document: &str) -> Result<T, Problem> {
    serde_json::from_str(document).map_err(|fault| Problem::internal(format!("document: {fault}")))
}

/// Content as the functions take it.
pub fn content(content: &impl serde::Serialize) -> Result<ParameterValue, Problem> {
    serde_json::to_vec(content)
        .map(ParameterValue::Jsonb)
        .map_err(|fault| Problem::internal(fault.to_string()))
}
