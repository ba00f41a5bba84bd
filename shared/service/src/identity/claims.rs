//! What an access token says (RFC 7519, section 4.1; RFC 9068), and what must not stand in one.

use clock::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Unaccepted;
use crate::tenant::OrganizationClaim;

/// Seconds that a provider's clock may run ahead of ours before its tokens count as not yet valid. The end
/// has no such leeway: whatever revokes a token may be forgotten once the token has ended.
pub(super) const LEEWAY_SECONDS: f64 = 30.0;

#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    /// Claims that must be there may be absent here, so that the refusal names which one is.
    sub: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    #[serde(default, deserialize_with = "standing")]
    organization_id: Option<Option<String>>,
    organization: Option<Box<RawValue>>,
    sid: Option<String>,
    jti: Option<String>,
    /// Keycloak says here what a token is for; its access tokens are `Bearer`.
    typ: Option<String>,
    /// A logout token's (OpenID Connect Back-Channel Logout 1.0, section 2.4).
    #[serde(default)]
    events: Present,
    /// The key that the token is bound to (RFC 7800): whoever bears it has to prove that it has that, too.
    #[serde(default)]
    cnf: Present,
    /// A webhook's.
    #[serde(default)]
    request_body_sha256: Present,
    /// Compared by the library, which would take a list; a list has no place here.
    #[serde(rename = "iss")]
    _iss: Option<String>,
}

/// What the claims come to once they have been checked.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Checked {
    pub subject: String,
    /// When the token ends, in whole seconds since the epoch.
    pub expires_at: u64,
    /// The tenant, as it is named.
    pub organization: OrganizationClaim,
    pub session: Option<String>,
    pub token_id: Option<String>,
    /// When the token was issued, in whole seconds since the epoch.
    pub issued_at: Option<u64>,
}

/// Whether a claim is there, null included.
#[derive(Debug, Default)]
pub(super) struct Present(pub bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(from).map(|_| Self(true))
    }
}

impl Claims {
    /// Checks that this is an access token and valid at this time.
    pub fn check(self, now: Timestamp) -> Result<Checked, Unaccepted> {
        let now = now.unix_seconds() as f64;
        if self.events.0 || self.request_body_sha256.0 {
            return Err(Unaccepted("the token is no access token"));
        }
        if self
            .typ
            .is_some_and(|typ| !typ.eq_ignore_ascii_case("Bearer"))
        {
            return Err(Unaccepted("the token is no access token"));
        }
        if self.cnf.0 {
            return Err(Unaccepted("the token is bound to a key, and no bearer's"));
        }
        let exp = self.exp.ok_or(Unaccepted("the token has no exp"))?;
        if exp <= now {
            return Err(Unaccepted("the token has expired"));
        }
        if self.nbf.is_some_and(|nbf| nbf > now + LEEWAY_SECONDS) {
            return Err(Unaccepted("the token is not valid yet"));
        }
        if self.iat.is_some_and(|iat| iat > now + LEEWAY_SECONDS) {
            return Err(Unaccepted("the token was issued in the future"));
        }
        let subject = self.sub.ok_or(Unaccepted("the token has no sub"))?;
        if vocabulary::external_id(&subject).is_err() {
            return Err(Unaccepted(
                "sub must have 1 to 255 characters, no control characters",
            ));
        }
        let organization = organization_claim(self.organization_id, self.organization.as_deref())?;
        Ok(Checked {
            subject,
            // Here and below, negative and huge values saturate.
            expires_at: exp as u64,
            organization,
            session: self.sid,
            token_id: self.jti,
            issued_at: self.iat.map(|iat| iat as u64),
        })
    }
}

/// The tenant, of the claims `organization_id` and `organization`. Where the first stands, were it null, the
/// second says nothing.
pub(super) fn organization_claim(
    id: Option<Option<String>>,
    named: Option<&RawValue>,
) -> Result<OrganizationClaim, Unaccepted> {
    match (id, named) {
        (Some(Some(id)), _) => vocabulary::id(&id)
            .map(OrganizationClaim::Id)
            .ok_or(Unaccepted("organization_id must be a UUID")),
        (None, Some(named)) => Ok(OrganizationClaim::named(named)),
        (Some(None), _) | (None, None) => Ok(OrganizationClaim::None),
    }
}

/// A claim that stands, were it null.
pub(super) fn standing<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_000, 0);

    fn check(claims: serde_json::Value) -> Result<Checked, Unaccepted> {
        serde_json::from_value::<Claims>(claims).unwrap().check(NOW)
    }

    #[test]
    fn leeway_is_for_the_beginning_and_never_for_the_end() {
        let at = |exp: f64, name: &str, begin: f64| {
            check(serde_json::json!({"iss": "i", "sub": "a", "exp": exp, name: begin}))
        };
        assert_eq!(at(1_000.5, "nbf", 0.0).unwrap().expires_at, 1_000);
        assert!(at(1_000.0, "nbf", 0.0).is_err());
        assert!(at(999.0, "iat", 0.0).is_err());
        for begin in ["nbf", "iat"] {
            assert!(at(2_000.0, begin, 1_030.0).is_ok(), "{begin}");
            assert!(at(2_000.0, begin, 1_031.0).is_err(), "{begin}");
        }
    }

    #[test]
    fn the_refusal_names_the_claim_that_is_missing() {
        let refusal = |claims| check(claims).unwrap_err().0;
        for sub in [serde_json::json!({}), serde_json::json!({"sub": null})] {
            let mut claims = sub;
            claims["exp"] = 2_000.into();
            assert_eq!(refusal(claims), "the token has no sub");
        }
        let claims = serde_json::json!({"sub": "a"});
        assert_eq!(refusal(claims), "the token has no exp");
    }

    #[test]
    fn other_tokens_than_access_tokens() {
        let with = |name: &str, value: serde_json::Value| {
            let mut claims = serde_json::json!({"iss": "i", "sub": "a", "exp": 2_000});
            claims[name] = value;
            check(claims)
        };
        assert!(with("typ", "Bearer".into()).is_ok());
        assert!(with("typ", "Refresh".into()).is_err());
        assert!(with("typ", "ID".into()).is_err());
        assert!(with("events", serde_json::json!({})).is_err());
        assert!(with("events", serde_json::Value::Null).is_err());
        assert!(with("request_body_sha256", "00".into()).is_err());
    }

    #[test]
    fn subjects_are_bounded() {
        let of = |sub: String| check(serde_json::json!({"iss": "i", "sub": sub, "exp": 2_000}));
        assert!(of(String::new()).is_err());
        assert!(of("é".repeat(255)).is_ok());
        assert!(of("é".repeat(256)).is_err());
        assert!(of("a\0b".to_owned()).is_err());
    }
}
