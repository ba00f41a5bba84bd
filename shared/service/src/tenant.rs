//! Whose data a request is about: the caller's organization, or the one it acts for.

use uuid::Uuid;
use vocabulary::Slug;

use crate::{identity::Caller, problem::Problem};

/// The header that names the organization to act for.
pub const HEADER: &str = "shell-organization";

/// The way a caller takes to a tenant, as PostgreSQL is asked to judge it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TenantPath {
    /// The caller's own organization, from its token.
    pub organization: Uuid,
    /// The slug of the identity provider that signed the token.
    pub provider: Slug,
    /// The organization named in `Shell-Organization`.
    pub acting_for: Option<Slug>,
}

impl TenantPath {
    /// From the token and the header's values. A caller without an organization has no way to any.
    pub fn new(caller: &Caller, sent: &[String]) -> Result<Self, Problem> {
        let organization = caller
            .organization
            .ok_or_else(|| Problem::forbidden("the token names no organization_id"))?;
        let acting_for = acting_for(sent)?;
        Ok(Self {
            organization,
            provider: caller.provider.clone(),
            acting_for,
        })
    }
}

/// The organization named in `Shell-Organization`, where one is.
pub fn acting_for(sent: &[String]) -> Result<Option<Slug>, Problem> {
    match sent {
        [] => Ok(None),
        [named] => Slug::try_from(named.as_str())
            .map(Some)
            .map_err(|_| unknown_acting_for()),
        _ => Err(Problem::forbidden("Shell-Organization may be sent once")),
    }
}

/// The problem for what `shell.enter_organization`, or what builds on it, refused.
pub fn refused(refusal: &str) -> Problem {
    match refusal {
        "unknown_organization" => {
            Problem::forbidden("the token's organization_id names no organization")
        }
        "foreign_provider" => Problem::forbidden(
            "the token's organization has another identity provider than the one that signed it",
        ),
        "suspended_organization" => Problem::forbidden("the token's organization is suspended"),
        "not_granted" => {
            Problem::forbidden("only callers of the organization platform may do this")
        }
        "not_platform" => {
            Problem::forbidden("Shell-Organization names another organization than the caller's")
        }
        "unknown_acting_for" => unknown_acting_for(),
        other => Problem::internal(format!("the tenant was refused with {other:?}")),
    }
}

fn unknown_acting_for() -> Problem {
    Problem::forbidden("Shell-Organization names no organization that the caller may act for")
}
