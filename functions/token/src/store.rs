//! Revocations in PostgreSQL, and invalidating in Redis what they make stale.

use access::policies::changes::tell_touched;
use service::{
    http::head::Head,
    identity::{Verified, longest_token, presented},
    problem::Problem,
    revocation::Hashes,
    sql::{self, Changed, ParameterValue, Row},
    tenant::{Authorized, Caller, OrganizationClaim, Reach, TenantContext, TenantPath},
};
use uuid::Uuid;

use crate::revocations::{listing::Selection, outcome, reading::Revocation};

/// Revokes a token that was verified. This is recorded in its organization's audit trail, if that is known.
pub async fn revoke_token(head: &Head, token: &str, verified: &Verified) -> Result<(), Problem> {
    let caller = &verified.caller;
    let bearer = match own_organization(head, token, caller).await? {
        Some(organization) => {
            head.concerns(organization);
            let path = TenantPath::identified(&caller.provider, organization, None);
            let own = TenantContext::new(caller.clone(), path, head.request_id());
            ParameterValue::Str(own.authorized(Reach::Own).json())
        }
        None => ParameterValue::DbNull,
    };
    let statement = "SELECT change, touched FROM shell.revoke_token($1, $2, $3, $4::text::jsonb)";
    let parameters = vec![
        ParameterValue::Str(caller.provider.to_string()),
        ParameterValue::Str(Hashes::of(token).signed),
        bigint(verified.expires_at),
        bearer,
    ];
    let mut row = sql::one_row(statement, parameters).await?;
    let change = row.text("change")?;
    let change =
        change.ok_or_else(|| Problem::internal("revoke_token did not say what to tell Redis"))?;
    tell_touched(&change, &touched(&mut row)?).await
}

/// Names count as long as they lead to one organization into which the token lets its holder.
async fn own_organization(
    head: &Head,
    token: &str,
    caller: &Caller,
) -> Result<Option<Uuid>, Problem> {
    match &caller.organization {
        OrganizationClaim::Id(id) => Ok(Some(*id)),
        OrganizationClaim::Names(_) => {
            let found = presented::find(token, None, head.request_id(), clock::now()).await?;
            Ok(found.map(|found| found.organization))
        }
        OrganizationClaim::None => Ok(None),
    }
}

/// Adds the revocation of an administrator. Returns what is stored then, as JSON.
pub async fn add_revocation(
    authorized: &Authorized<'_>,
    revocation: &Revocation,
) -> Result<String, Problem> {
    let call = sql::call("add_revocation", authorized)
        .json(revocation)
        .uuid(clock::new_identifier())
        .parameter(longest().await?);
    let mut row = call.row().await?;
    let changed = Changed::of(&mut row)?;
    outcome::judge(&changed.outcome)?;
    tell_touched(changed.to_tell()?, &touched(&mut row)?).await?;
    let document = changed.document;
    document.ok_or_else(|| Problem::internal("add_revocation returned nothing"))
}

/// A page of the revocations in force as a JSON array, and the one after which more follow, if they do.
pub async fn list_revocations(
    authorized: &Authorized<'_>,
    selection: &Selection,
) -> Result<(String, Option<String>), Problem> {
    let call = sql::call("list_revocations", authorized)
        .optional_uuid(selection.before)
        .integer(selection.limit.count())
        .parameter(longest().await?);
    let mut row = call.row().await?;
    let items = row.text("items")?;
    let items = items.ok_or_else(|| Problem::internal("list_revocations returned nothing"))?;
    Ok((items, row.text("rest")?))
}

/// The slug of an organization, if the caller may see it.
pub async fn find_slug(authorized: &Authorized<'_>, id: Uuid) -> Result<Option<String>, Problem> {
    let call = sql::call("find_organization_slug", authorized).uuid(id);
    Ok(call.row().await?.text("slug")?)
}

fn touched(row: &mut Row) -> Result<String, Problem> {
    let touched = row.text("touched")?;
    touched.ok_or_else(|| Problem::internal("a revocation does not say what it changed"))
}

async fn longest() -> Result<ParameterValue, Problem> {
    Ok(bigint(longest_token().await?.as_secs()))
}

/// A number that is too large becomes the largest `bigint`.
fn bigint(number: u64) -> ParameterValue {
    ParameterValue::Int64(i64::try_from(number).unwrap_or(i64::MAX))
}
