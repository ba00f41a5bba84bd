//! The entrance of every handler: the caller, from the `Authorization` header (RFC 6750, section 2.1), and its path
//! to a tenant.

use clock::Timestamp;

use super::{bearer, checked, way};
use crate::{
    cache::Lookup,
    http::head::Head,
    problem::Problem,
    tenant::{self, TenantContext, TenantPath},
};

/// The caller and the path that a token claims, before it is checked.
pub struct Claimed {
    /// The path to the tenant.
    pub path: TenantPath,
    /// The caller.
    pub subject: String,
}

/// Lets a request in if its token is valid. Otherwise the answer is 401, or 403 if the caller has no path to a tenant
/// or its membership of its own organization has ended. The membership and the revocations of the token are looked up
/// with the token's receipt; a revoked token gets 401.
///
/// The same command looks up what else the request will need: the values at the keys that `keys` returns for the
/// token's claims. They are returned only if these claims turn out to be true. Everything is evaluated for the moment
/// `now`, which is later than the request's arrival if its body was read first.
pub async fn enter(
    head: &Head,
    now: Timestamp,
    keys: impl Fn(&Claimed) -> Vec<String>,
) -> Result<(TenantContext, Lookup), Problem> {
    let authorization = head.header("authorization");
    let token = bearer::token(&authorization)?;
    let sent = head.header(tenant::HEADER);
    let mut checked = checked::check(token, &sent, &keys, now).await?;
    let concerns = |organization| head.concerns(organization);
    let path = way::find(&mut checked, &sent, keys, concerns).await?;
    checked.admit(&path, head.request_id()).await?;
    let context = TenantContext::new(checked.receipt.into_caller(), path, head.request_id());
    Ok((context, checked.lookup))
}
