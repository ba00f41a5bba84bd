//! Whether a caller may enter its own organization, as PostgreSQL has it.

use crate::{
    problem::Problem,
    sql,
    tenant::{self, Caller, Reach, TenantContext, TenantPath},
};

/// Asks PostgreSQL to let a caller into its own organization, and does nothing there. Where it is away, nobody is let
/// in: what Redis has for the way may be of before a membership ended.
pub(super) async fn admit(
    caller: &Caller,
    path: &TenantPath,
    request_id: &str,
) -> Result<(), Problem> {
    let own = TenantContext::new(caller.clone(), path.of_the_caller(), request_id);
    let entered = sql::call("enter", &own.authorized(Reach::Own))
        .value()
        .await;
    match entered?.text("enter")? {
        Some(refusal) => Err(tenant::refused(&refusal)),
        None => Ok(()),
    }
}
