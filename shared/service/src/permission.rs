//! Whether a caller may do something at all: nobody else is told what is wrong with a body.

use crate::{problem::Problem, sql, tenant, tenant::TenantPath};

/// What lets a caller in.
#[derive(Clone, Copy, Debug)]
pub enum Entrance {
    /// Its organization, or the one it acts for.
    Organization,
    /// What platform alone may do.
    Platform,
    /// Reading an organization's audit trail.
    AuditReading,
}

/// Passes on what was read of a body. Where that is a problem, a caller who may not enter is told
/// only that; it costs a statement, which who sends what fits does not pay. With PostgreSQL away the
/// problem is told to anybody: it says nothing of what is kept.
pub async fn or_refused<T>(
    path: &TenantPath,
    entrance: Entrance,
    read: Result<T, Problem>,
) -> Result<T, Problem> {
    let Err(problem) = read else {
        return read;
    };
    let statement = match entrance {
        Entrance::Organization => "SELECT e.refusal FROM shell.enter_organization($1, $2, $3) e",
        Entrance::Platform => "SELECT shell.enter_platform($1, $2, $3)",
        Entrance::AuditReading => "SELECT e.refusal FROM shell.enter_audit_reading($1, $2, $3) e",
    };
    let asked = sql::one_row(statement, sql::tenant_parameters(path)).await;
    match asked.and_then(|mut row| row.text(0)) {
        Ok(Some(refusal)) => Err(tenant::refused(&refusal)),
        Ok(None) | Err(_) => Err(problem),
    }
}
