//! What an event can revoke: the fact of kind `revocation`.

use serde::Serialize;

/// What is revoked: tokens of the event's provider that were issued until the event's time.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "scope", rename_all = "snake_case")]
pub enum Revocation {
    /// All tokens of a user until then.
    Subject {
        /// The provider's identifier of the user.
        user: String,
    },
    /// A session: its tokens, and the tokens of its user that name no session.
    Session {
        /// The session: the `sid` of its tokens.
        session: String,
        /// Its user, if known.
        #[serde(skip_serializing_if = "Option::is_none")]
        user: Option<String>,
    },
    /// One token, whenever it was issued.
    TokenId {
        /// Its `jti`.
        token_id: String,
    },
    /// All tokens until then of the users with an e-mail address.
    Email {
        /// The address, in any case.
        email: String,
    },
    /// All tokens until then of the users with a linked identity at another provider.
    Linked {
        /// The alias of the other provider at the users' provider.
        alias: String,
        /// The identifier there.
        external_id: String,
    },
    /// All tokens until then.
    Provider,
}
