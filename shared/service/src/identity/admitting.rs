//! Whether a caller may enter its own organization with its token, according to PostgreSQL.

use crate::{
    problem::Problem,
    revocation::Marks,
    sql,
    tenant::{self, Caller, Reach, TenantContext, TenantPath},
};

/// Asks PostgreSQL to let a caller into its own organization with the token whose signed part has this hash, and does
/// nothing there. If PostgreSQL is unavailable, the caller is not let in: what Redis has for this path may be from
/// before the membership ended or the token was revoked.
pub(super) async fn admit(
    caller: &Caller,
    hash: &str,
    path: &TenantPath,
    request_id: &str,
) -> Result<(), Problem> {
    let own = TenantContext::new(caller.clone(), path.of_the_caller(), request_id);
    let token = Marks::of(caller, hash).question(caller.issued_at);
    let call = sql::call("admit", &own.authorized(Reach::Own)).json(&token);
    match call.value().await?.text("admit")?.as_deref() {
        None => Ok(()),
        Some("revoked") => Err(revoked()),
        Some(refusal) => Err(tenant::refused(refusal)),
    }
}

/// The problem for a caller whose token has been revoked.
pub(super) fn revoked() -> Problem {
    Problem::unauthenticated(Some("the token has been revoked"))
}
