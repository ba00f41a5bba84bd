//! The claims of an access token (RFC 7519, section 4.1; RFC 9068), and the claims that it must not have.

use std::time::Duration;

use clock::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Unaccepted;
use crate::tenant::OrganizationClaim;

/// How many seconds a provider's clock may be ahead of ours before its tokens count as not yet valid. The expiry has
/// no such leeway: a revocation may be deleted once the tokens that it refuses have expired.
pub(super) const LEEWAY_SECONDS: f64 = 30.0;

#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    /// Required claims are optional here, so that the refusal names the one that is missing.
    sub: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    #[serde(default, deserialize_with = "standing")]
    organization_id: Option<Option<String>>,
    organization: Option<Box<RawValue>>,
    sid: Option<String>,
    jti: Option<String>,
    /// The client to which the token was issued, as OpenID Connect and as RFC 9068 name it.
    azp: Option<String>,
    client_id: Option<String>,
    /// The type of a token in Keycloak; its access tokens have `Bearer`.
    typ: Option<String>,
    /// A claim of logout tokens (OpenID Connect Back-Channel Logout 1.0, section 2.4).
    #[serde(default)]
    events: Present,
    /// The key to which the token is bound (RFC 7800): its holder would have to prove that it also has that key.
    #[serde(default)]
    cnf: Present,
    /// A claim of webhooks' tokens.
    #[serde(default)]
    request_body_sha256: Present,
    /// The library compares it, and would also accept a list, which must be refused.
    #[serde(rename = "iss")]
    _iss: Option<String>,
}

/// The result of checking the claims.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Checked {
    pub subject: String,
    /// When the token expires, in whole seconds since the epoch.
    pub expires_at: u64,
    /// The tenant, as the token names it.
    pub organization: OrganizationClaim,
    pub session: Option<String>,
    pub token_id: Option<String>,
    pub client: Option<String>,
    /// When the token was issued, in whole seconds since the epoch.
    pub issued_at: u64,
}

/// Whether a claim is present, even if it is null.
#[derive(Debug, Default)]
pub(super) struct Present(pub bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(from).map(|_| Self(true))
    }
}

impl Claims {
    /// Checks that this is an access token that is valid at this time and can be revoked. A revocation applies to
    /// tokens by their time of issue, and is deleted once none of the tokens that it refuses can be valid any more.
    pub fn check(self, now: Timestamp, longest_token: Duration) -> Result<Checked, Unaccepted> {
        let now = now.unix_seconds() as f64;
        if self.events.0 || self.request_body_sha256.0 {
            return Err(Unaccepted("the token is not an access token"));
        }
        if self
            .typ
            .is_some_and(|typ| !typ.eq_ignore_ascii_case("Bearer"))
        {
            return Err(Unaccepted("the token is not an access token"));
        }
        if self.cnf.0 {
            return Err(Unaccepted(
                "the token is bound to a key and cannot be used as a bearer token",
            ));
        }
        let exp = self.exp.ok_or(Unaccepted("the token has no exp"))?;
        if exp <= now {
            return Err(Unaccepted("the token has expired"));
        }
        if self.nbf.is_some_and(|nbf| nbf > now + LEEWAY_SECONDS) {
            return Err(Unaccepted("the token is not valid yet"));
        }
        let iat = self.iat.ok_or(Unaccepted("the token has no iat"))?;
        if iat > now + LEEWAY_SECONDS {
            return Err(Unaccepted("the token's iat is in the future"));
        }
        if exp - iat > longest_token.as_secs_f64() {
            return Err(Unaccepted(
                "the token's lifetime is longer than the longest that is allowed",
            ));
        }
        let subject = self.sub.ok_or(Unaccepted("the token has no sub"))?;
        if vocabulary::external_id(&subject).is_err() {
            return Err(Unaccepted(
                "sub must have 1 to 255 characters and no control characters",
            ));
        }
        let client = self.azp.or(self.client_id);
        for name in [&self.sid, &self.jti, &client].into_iter().flatten() {
            if vocabulary::external_id(name).is_err() {
                return Err(Unaccepted(
                    "sid, jti, azp and client_id must have 1 to 255 characters and no control characters",
                ));
            }
        }
        let organization = organization_claim(self.organization_id, self.organization.as_deref())?;
        Ok(Checked {
            subject,
            // Here and below, negative and huge values saturate.
            expires_at: exp as u64,
            organization,
            session: self.sid,
            token_id: self.jti,
            client,
            issued_at: iat as u64,
        })
    }
}

/// The tenant, from the claims `organization_id` and `organization`. If the first is present, even as null, the
/// second is ignored.
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

/// A claim that is present, even if it is null.
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
        serde_json::from_value::<Claims>(claims)
            .unwrap()
            .check(NOW, Duration::from_secs(1_000))
    }

    /// The claims of a valid token, with one of them changed.
    fn with(name: &str, value: impl Into<serde_json::Value>) -> Result<Checked, Unaccepted> {
        let mut claims = serde_json::json!({"iss": "i", "sub": "a", "iat": 1_000, "exp": 2_000});
        claims[name] = value.into();
        check(claims)
    }

    #[test]
    fn leeway_is_for_the_beginning_and_never_for_the_end() {
        assert_eq!(with("exp", 1_000.5).unwrap().expires_at, 1_000);
        assert!(with("exp", 1_000.0).is_err());
        assert!(with("exp", 999.0).is_err());
        for begin in ["nbf", "iat"] {
            assert!(with(begin, 1_030.0).is_ok(), "{begin}");
            assert!(with(begin, 1_031.0).is_err(), "{begin}");
        }
    }

    #[test]
    fn no_token_lives_longer_than_tokens_may() {
        let at = |iat: f64, exp: f64| {
            let claims = serde_json::json!({"iss": "i", "sub": "a", "iat": iat, "exp": exp});
            check(claims).map(|checked| checked.issued_at)
        };
        let too_long = Err(Unaccepted(
            "the token's lifetime is longer than the longest that is allowed",
        ));
        assert_eq!(at(500.0, 1_500.0), Ok(500));
        assert_eq!(at(500.9, 1_500.0), Ok(500));
        assert_eq!(at(500.0, 1_500.5), too_long);
        assert_eq!(at(-1.0, 1_500.0), too_long);
        assert_eq!(at(-1e308, 1e308), too_long);
    }

    #[test]
    fn the_refusal_names_the_claim_that_is_missing() {
        for name in ["sub", "exp", "iat"] {
            let missing = with(name, serde_json::Value::Null).unwrap_err();
            assert_eq!(missing.0, format!("the token has no {name}"));
            let mut claims = serde_json::json!({"sub": "a", "iat": 1_000, "exp": 2_000});
            claims.as_object_mut().unwrap().remove(name);
            assert_eq!(check(claims).unwrap_err(), missing);
        }
    }

    #[test]
    fn other_tokens_than_access_tokens() {
        assert!(with("typ", "Bearer").is_ok());
        assert!(with("typ", "Refresh").is_err());
        assert!(with("typ", "ID").is_err());
        assert!(with("events", serde_json::json!({})).is_err());
        assert!(with("events", serde_json::Value::Null).is_err());
        assert!(with("request_body_sha256", "00").is_err());
    }

    #[test]
    fn subjects_are_bounded() {
        assert!(with("sub", "").is_err());
        assert!(with("sub", "é".repeat(255)).is_ok());
        assert!(with("sub", "é".repeat(256)).is_err());
        assert!(with("sub", "a\0b").is_err());
    }

    #[test]
    fn whatever_a_token_may_be_revoked_by_fits_a_revocation() {
        for name in ["sid", "jti", "azp", "client_id"] {
            assert!(with(name, "é".repeat(255)).is_ok(), "{name}");
            assert!(with(name, serde_json::Value::Null).is_ok(), "{name}");
            for other in [String::new(), "é".repeat(256), "a\0b".to_owned()] {
                assert!(with(name, other).is_err(), "{name}");
            }
        }
    }

    #[test]
    fn a_client_is_called_by_azp_or_else_by_client_id() {
        let both = serde_json::json!({"sub": "a", "iat": 1_000, "exp": 2_000, "azp": "web", "client_id": "cli"});
        assert_eq!(check(both).unwrap().client.as_deref(), Some("web"));
        let client = |name, value: &str| with(name, value).unwrap().client;
        assert_eq!(client("azp", "web").as_deref(), Some("web"));
        assert_eq!(client("client_id", "cli").as_deref(), Some("cli"));
        assert_eq!(client("sid", "s1"), None);
    }
}
