//! The caller.

use serde::{Deserialize, Serialize};
use vocabulary::Slug;

use super::OrganizationClaim;

/// The caller, as its identity provider identifies it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Caller {
    /// The identity provider that signed the token.
    pub provider: Slug,
    /// The tenant, as the token names it.
    pub organization: OrganizationClaim,
    /// The user's `external_id`: the token's `sub`.
    pub subject: String,
    /// The session of the login: the token's `sid`.
    pub session: Option<String>,
    /// The id of the token: its `jti`.
    pub token_id: Option<String>,
    /// The client to which the token was issued: its `azp`, or else its `client_id`.
    pub client: Option<String>,
    /// When the token was issued, in seconds since the epoch: its `iat`.
    pub issued_at: u64,
}
