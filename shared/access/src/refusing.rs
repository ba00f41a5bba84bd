//! A caller that is not allowed to do something does not learn what is wrong with its request.

use service::{
    problem::Problem,
    sql,
    tenant::{self, Authorized},
};

/// Passes on the parsed request. If it is invalid, a caller that is not allowed the operation gets only a
/// refusal; this costs a statement, which valid requests do not pay. If PostgreSQL is unavailable, every caller
/// gets the problem, which reveals nothing that is stored.
pub async fn refused_or<T>(
    authorized: &Authorized<'_>,
    read: Result<T, Problem>,
) -> Result<T, Problem> {
    let Err(problem) = read else {
        return read;
    };
    let asked = sql::call("enter", authorized).value().await;
    match asked.and_then(|mut row| row.text("enter")) {
        Ok(Some(refusal)) => Err(tenant::refused(&refusal)),
        Ok(None) | Err(_) => Err(problem),
    }
}
