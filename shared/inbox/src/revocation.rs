//! What an event can revoke: the fact of kind `revocation`.

use serde::Serialize;

/// What is revoked, as of the event's time, of the tokens of the provider that it speaks for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "scope", rename_all = "snake_case")]
pub enum Revocation {
    /// All tokens that a user had until then.
    Subject {
        /// Who, by the provider's identifier.
        user: String,
    },
    /// A session: its tokens, and those of its user that name no session.
    Session {
        /// Which: the `sid` of its tokens.
        session: String,
        /// Whose, where that is known.
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
        /// Which, in whatever case.
        email: String,
    },
    /// All tokens until then of the users with a linked identity at another provider.
    Linked {
        /// The alias of the other provider at the users' provider.
        alias: String,
        /// The identifier there.
        external_id: String,
    },
    /// Everything until then.
    Provider,
}
