//! Nobody who may not do something is told what is wrong with a request for it.

use service::{
    problem::Problem,
    sql,
    tenant::{self, Authorized},
};

/// Passes on what was read of a request. Where that is a problem, a caller who may not do what it asks for
/// is told only that; it costs a statement, which who sends what fits does not pay. With PostgreSQL away the
/// problem is told to anybody: it says nothing of what is kept.
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
