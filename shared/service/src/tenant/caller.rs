//! The caller.

use serde::{Deserialize, Serialize};
use vocabulary::Slug;

use super::OrganizationClaim;

/// Who asks, as the identity provider vouches for it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Caller {
    /// The identity provider that signed the token.
    pub provider: Slug,
    /// The tenant, as the token says it.
    pub organization: OrganizationClaim,
    /// The user's `external_id`: the token's `sub`.
    pub subject: String,
    /// The session of the login: the token's `sid`.
    pub session: Option<String>,
    /// What names the token: its `jti`.
    pub token_id: Option<String>,
    /// The client that the token was issued to: its `azp`, or else its `client_id`.
    pub client: Option<String>,
    /// When the token was issued, in seconds since the epoch: its `iat`.
    pub issued_at: u64,
}
