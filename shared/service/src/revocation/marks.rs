//! The claims of a token that a revocation can refer to.

use serde::Serialize;
use uuid::Uuid;

use super::{key, token_key};
use crate::tenant::Caller;

/// The claims by which a token can be revoked, except its organization.
#[derive(Clone, Copy, Debug)]
pub struct Marks<'t> {
    /// The slug of its identity provider.
    pub provider: &'t str,
    /// The SHA-256 of the token's signed part.
    pub hash: &'t str,
    /// Its `sub`.
    pub subject: &'t str,
    /// Its `sid`.
    pub session: Option<&'t str>,
    /// Its `jti`.
    pub token_id: Option<&'t str>,
    /// Its `azp`, or else its `client_id`.
    pub client: Option<&'t str>,
}

/// A token in the form of a parameter of the database's functions.
#[derive(Debug, Serialize)]
pub struct Question<'t> {
    hash: &'t str,
    subject: &'t str,
    issued_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'t str>,
}

impl<'t> Marks<'t> {
    /// The marks of a caller's token, with the hash of its signed part.
    pub fn of(caller: &'t Caller, hash: &'t str) -> Self {
        Self {
            provider: caller.provider.as_str(),
            hash,
            subject: &caller.subject,
            session: caller.session.as_deref(),
            token_id: caller.token_id.as_deref(),
            client: caller.client.as_deref(),
        }
    }

    /// The keys of all revocations that can refuse the token, except that of its organization.
    pub fn keys(&self) -> Vec<String> {
        let of = |kind, value| key(self.provider, kind, value);
        // A session's name is more specific than its user's; the user's tokens without a session are revoked
        // together.
        let session = match self.session {
            Some(session) => of("session", session),
            None => of("sessionless", self.subject),
        };
        let mut keys = Vec::with_capacity(6);
        keys.extend([
            token_key(self.hash),
            of("provider", ""),
            of("subject", self.subject),
            session,
        ]);
        keys.extend(self.token_id.map(|token_id| of("token_id", token_id)));
        keys.extend(self.client.map(|client| of("client", client)));
        keys
    }

    /// The token as a parameter for the database, which answers whether it is revoked.
    pub fn question(&self, issued_at: u64) -> Question<'t> {
        Question {
            hash: self.hash,
            subject: self.subject,
            issued_at,
            session: self.session,
            token_id: self.token_id,
            client: self.client,
        }
    }
}

/// The key of the revocation of a provider's tokens for an organization.
pub fn organization_key(provider: &str, organization: Uuid) -> String {
    let mut buffer = Uuid::encode_buffer();
    let organization = organization.hyphenated().encode_lower(&mut buffer);
    key(provider, "organization", organization)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: Marks<'_> = Marks {
        provider: "default",
        hash: "00ff",
        subject: "alice",
        session: None,
        token_id: None,
        client: None,
    };

    #[test]
    fn each_kind_has_a_key_of_its_own() {
        let always = [
            "blacklist:00ff",
            "revoked:default:provider:",
            "revoked:default:subject:alice",
        ];
        let keys = MARKS.keys();
        assert_eq!(keys[..3], always);
        assert_eq!(keys[3..], ["revoked:default:sessionless:alice"]);
        let named = Marks {
            session: Some("s1"),
            token_id: Some("t1"),
            client: Some("web"),
            ..MARKS
        };
        let keys = named.keys();
        assert_eq!(keys[..3], always);
        let named = [
            "revoked:default:session:s1",
            "revoked:default:token_id:t1",
            "revoked:default:client:web",
        ];
        assert_eq!(keys[3..], named);
        assert_eq!(
            organization_key("default", Uuid::nil()),
            "revoked:default:organization:00000000-0000-0000-0000-000000000000"
        );
    }

    #[test]
    fn the_database_is_asked_about_what_is_there() {
        let asked = serde_json::to_value(MARKS.question(7)).unwrap();
        let expected = serde_json::json!({"hash": "00ff", "subject": "alice", "issued_at": 7});
        assert_eq!(asked, expected);
    }
}
