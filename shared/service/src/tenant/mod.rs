//! The tenant of a request: the caller's organization, or the one that it acts for.

mod caller;
mod names;

use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;
use vocabulary::Slug;

use crate::problem::Problem;

pub use caller::Caller;
pub use names::{Name, Named, OrganizationClaim};

/// The header that names the organization to act for.
pub const HEADER: &str = "shell-organization";

/// The path of a caller to a tenant. Redis keys of a tenant contain the path, so that a value is found only by a path
/// that PostgreSQL has granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TenantPath {
    /// The slug of the identity provider that signed the token.
    pub provider: Slug,
    /// The caller's own organization, from its token.
    pub organization: Uuid,
    /// The organization named in `Shell-Organization`.
    pub acting_for: Option<Slug>,
}

impl TenantPath {
    /// The path of a token that has the organization's id, with the value of `Shell-Organization`.
    pub fn identified(provider: &Slug, organization: Uuid, acting_for: Option<Slug>) -> Self {
        Self {
            provider: provider.clone(),
            organization,
            acting_for,
        }
    }

    /// The path of a token whose names have been resolved, with the value of `Shell-Organization`. If that chose one
    /// of the names, the caller acts for no other organization.
    pub fn named(provider: &Slug, named: Named, chosen: Option<&Slug>) -> Self {
        Self {
            provider: provider.clone(),
            organization: named.organization,
            acting_for: chosen.filter(|_| named.acts_for).cloned(),
        }
    }

    /// The path of the same caller to its own organization.
    pub fn of_the_caller(&self) -> Self {
        Self {
            acting_for: None,
            ..self.clone()
        }
    }

    /// The Redis key for a kind of value of the tenant at the end of the path.
    pub fn key(&self, kind: &str) -> String {
        let mut buffer = Uuid::encode_buffer();
        let organization = self.organization.hyphenated().encode_lower(&mut buffer);
        let acting_for = self.acting_for.as_ref().map_or("", Slug::as_str);
        [kind, self.provider.as_str(), organization, acting_for].join(":")
    }
}

/// The kind of the value for a path to a tenant that must exist for any policy of the tenant to be valid.
pub const ACCESS: &str = "access";

/// The key of the version of all names of organizations in a provider's tokens.
pub fn naming_key(provider: &Slug) -> String {
    ["naming:", provider.as_str()].concat()
}

/// The keys of the tombstones that exist while tokens of an organization, or of a subject in it, may have been revoked
/// a moment ago.
pub fn cutoff_keys(provider: &str, organization: Uuid, subject: &str) -> [String; 2] {
    let mut buffer = Uuid::encode_buffer();
    let organization = organization.hyphenated().encode_lower(&mut buffer);
    let of_all = ["cutoff:", provider, ":", organization].concat();
    let of_one = [&of_all, ":", subject].concat();
    [of_all, of_one]
}

/// A caller's request to a tenant: the caller, its path, and the request.
#[derive(Clone, Debug)]
pub struct TenantContext {
    /// The caller.
    pub caller: Caller,
    /// The caller's path to the tenant.
    pub path: TenantPath,
    /// The request's id, for the audit trail.
    pub request_id: String,
}

/// The reach of a statement, if its function reaches beyond the tenant for platform's callers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// As far as the function reaches.
    Wide,
    /// The entered tenant only, whoever the caller is.
    Own,
}

/// A request for which PostgreSQL may be asked: the first parameter, `p_caller`, of every function on tenants' data.
#[derive(Clone, Copy, Debug)]
pub struct Authorized<'c> {
    context: &'c TenantContext,
    reach: Reach,
}

/// The parameter's members, as `shell.enter` describes them.
#[derive(Serialize)]
struct Members<'a> {
    organization: Uuid,
    provider: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    acting_for: Option<&'a str>,
    subject: &'a str,
    request_id: &'a str,
    issued_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reach: Option<&'a str>,
}

impl TenantContext {
    /// From the caller and its path.
    pub fn new(caller: Caller, path: TenantPath, request_id: &str) -> Self {
        Self {
            caller,
            path,
            request_id: request_id.to_owned(),
        }
    }

    /// The same caller in its own organization.
    pub fn of_the_caller(&self) -> Self {
        Self {
            path: self.path.of_the_caller(),
            ..self.clone()
        }
    }

    /// The request, after the decision that PostgreSQL may be asked for it, which `access::Entered` makes.
    pub fn authorized(&self, reach: Reach) -> Authorized<'_> {
        Authorized {
            context: self,
            reach,
        }
    }
}

impl Authorized<'_> {
    /// The parameter's JSON.
    pub fn json(&self) -> String {
        let TenantContext {
            caller,
            path,
            request_id,
        } = self.context;
        let members = Members {
            organization: path.organization,
            provider: path.provider.as_str(),
            acting_for: path.acting_for.as_ref().map(Slug::as_str),
            subject: &caller.subject,
            request_id,
            issued_at: caller.issued_at,
            reach: (self.reach == Reach::Own).then_some("own"),
        };
        // Nothing in it can fail to serialize; with an empty text, PostgreSQL lets no caller in.
        serde_json::to_string(&members).unwrap_or_default()
    }
}

/// The organization named in `Shell-Organization`, if there is one.
pub fn acting_for(sent: &[String]) -> Result<Option<Slug>, Problem> {
    match sent {
        [] => Ok(None),
        [named] => Slug::try_from(named.as_str())
            .map(Some)
            .map_err(|_| unknown_acting_for()),
        _ => Err(without_way("Shell-Organization may be sent only once")),
    }
}

/// The problem for a token that names several organizations, of which the caller chose none.
pub fn several(choices: Vec<String>) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "several-organizations",
        "The token names several organizations",
    )
    .with_detail("choose one of them with Shell-Organization")
    .with_organizations(choices)
}

/// The problem for a refusal of `shell.enter` or `shell.name_organization`.
pub fn refused(refusal: &str) -> Problem {
    match refusal {
        "unknown_organization" => {
            without_way("the token's organization_id is not the id of a known organization")
        }
        "foreign_provider" => without_way(
            "the token's organization does not belong to the identity provider that signed the token",
        ),
        "suspended_organization" => without_way("the token's organization is suspended"),
        "ended_membership" => without_way(
            "the caller's membership of the organization has ended since the token was issued",
        ),
        "not_granted" => without_way(
            "the caller needs the right to read this organization, in the organization platform",
        ),
        "no_organization" => without_way("the token names no known organization"),
        "not_platform" => {
            without_way("Shell-Organization names an organization that is not the caller's")
        }
        "unknown_acting_for" => unknown_acting_for(),
        other => Problem::internal(format!("the tenant was refused with {other:?}")),
    }
}

/// The problem for a caller that has no path to the tenant; the reason is logged, too.
pub fn without_way(why: &'static str) -> Problem {
    Problem::forbidden(why).with_cause(why)
}

fn unknown_acting_for() -> Problem {
    without_way("Shell-Organization names no organization that the caller may act in")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(acting_for: &[&str]) -> TenantContext {
        let caller = Caller {
            provider: "default".try_into().unwrap(),
            organization: OrganizationClaim::Id(Uuid::nil()),
            subject: "alice".to_owned(),
            session: None,
            token_id: None,
            client: None,
            issued_at: 1_790_000_000,
        };
        let sent: Vec<_> = acting_for.iter().map(|&slug| slug.to_owned()).collect();
        let path = TenantPath {
            provider: caller.provider.clone(),
            organization: Uuid::nil(),
            acting_for: super::acting_for(&sent).unwrap(),
        };
        TenantContext::new(caller, path, "r1")
    }

    #[test]
    fn the_whole_path_is_in_a_key() {
        let nil = Uuid::nil();
        let own = context(&[]).path.key("discovery");
        assert_eq!(own, format!("discovery:default:{nil}:"));
        let other = context(&["globex"]).path.key("discovery");
        assert_eq!(other, format!("discovery:default:{nil}:globex"));
    }

    #[test]
    fn postgresql_is_given_who_asks_and_how_far_it_reaches() {
        let read = |authorized: Authorized<'_>| -> serde_json::Value {
            serde_json::from_str(&authorized.json()).unwrap()
        };
        let nil = Uuid::nil();
        let expected = serde_json::json!({"organization": nil, "provider": "default",
            "subject": "alice", "request_id": "r1", "issued_at": 1_790_000_000});
        assert_eq!(read(context(&[]).authorized(Reach::Wide)), expected);
        let expected = serde_json::json!({"organization": nil, "provider": "default",
            "acting_for": "globex", "subject": "alice", "request_id": "r1",
            "issued_at": 1_790_000_000, "reach": "own"});
        assert_eq!(read(context(&["globex"]).authorized(Reach::Own)), expected);
    }
}
