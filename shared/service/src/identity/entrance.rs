//! The entrance of every handler: the caller, from the `Authorization` header (RFC 6750, section 2.1), and
//! its way to a tenant.

use clock::Timestamp;

use super::{bearer, checked, way};
use crate::{
    cache::Lookup,
    http::head::Head,
    problem::Problem,
    tenant::{self, TenantContext, TenantPath},
};

/// Who a token claims to be of, and by which way, before anybody has checked it.
pub struct Claimed {
    /// The way to the tenant.
    pub path: TenantPath,
    /// The caller.
    pub subject: String,
}

/// Lets a request in whose token counts; everybody else gets 401, and a caller without a way to a tenant 403. So
/// does one whose membership of its own organization has ended since: that is looked for with the token's receipt, and
/// so is whether the token was revoked, which is 401 again.
///
/// With the same command it is looked up what else the request will need: the values at the keys that `keys`
/// gives for what the token claims, which are given only where that turns out to be true. All is judged by the
/// moment `now`, a later one than the request's arrival where its body was waited for.
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
