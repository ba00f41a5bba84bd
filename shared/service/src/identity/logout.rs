//! The claims of a logout token (OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6): whose sessions have
//! ended. It never identifies a caller.

use clock::Timestamp;
use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Provider, Refusal, Unaccepted,
    audience::Audience,
    claims::{LEEWAY_SECONDS, Present},
    form::{self, Header, Type},
};

/// The event of a logout token, the only member of its `events` that matters.
pub const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The result of checking a logout token. At least one of the last two members is present.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Logout {
    /// Its `jti`.
    pub id: String,
    /// When it was issued, in milliseconds since the epoch.
    pub issued_at: u64,
    /// The user who was logged out.
    pub subject: Option<String>,
    /// The session that ended; if absent, all sessions of the user.
    pub session: Option<String>,
}

#[derive(Deserialize)]
struct LogoutClaims {
    iss: Option<String>,
    aud: Option<Audience>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    jti: Option<String>,
    sub: Option<String>,
    sid: Option<String>,
    #[serde(default)]
    events: Value,
    /// A claim of ID tokens.
    #[serde(default)]
    nonce: Present,
    /// Keycloak's type of the token.
    typ: Option<String>,
}

impl LogoutClaims {
    /// Checks that this is a logout token of the issuer for one of these clients, and that it is valid at this time.
    fn check(self, issuer: &str, clients: &[String], now: Timestamp) -> Result<Logout, Unaccepted> {
        let now = now.unix_seconds() as f64;
        let is_another = |typ: &str| !typ.eq_ignore_ascii_case("Logout");
        if !self.events.get(EVENT).is_some_and(Value::is_object)
            || self.typ.as_deref().is_some_and(is_another)
        {
            return Err(Unaccepted("the token is not a logout token"));
        }
        if self.nonce.0 {
            return Err(Unaccepted("a logout token must have no nonce"));
        }
        if self.iss.ok_or(Unaccepted("the token has no iss"))? != issuer {
            return Err(Unaccepted("the token is from another issuer"));
        }
        let audience = self.aud.ok_or(Unaccepted("the token has no aud"))?;
        if !audience.is_within(clients) {
            return Err(Unaccepted("the token is for another audience"));
        }
        if self.exp.ok_or(Unaccepted("the token has no exp"))? <= now {
            return Err(Unaccepted("the token has expired"));
        }
        let is_early = |begin: f64| begin > now + LEEWAY_SECONDS;
        if self.nbf.is_some_and(is_early) {
            return Err(Unaccepted("the token is not valid yet"));
        }
        let issued_at = self.iat.ok_or(Unaccepted("the token has no iat"))?;
        if is_early(issued_at) {
            return Err(Unaccepted("the token's iat is in the future"));
        }
        if self.sub.is_none() && self.sid.is_none() {
            return Err(Unaccepted("the token has neither sub nor sid"));
        }
        let id = self.jti.ok_or(Unaccepted("the token has no jti"))?;
        let is_unfit = |text: &String| vocabulary::external_id(text).is_err();
        if is_unfit(&id)
            || self.sub.as_ref().is_some_and(is_unfit)
            || self.sid.as_ref().is_some_and(is_unfit)
        {
            return Err(Unaccepted(
                "jti, sub and sid must have 1 to 255 characters and no control characters",
            ));
        }
        Ok(Logout {
            id,
            // Negative and huge values saturate.
            issued_at: (issued_at * 1_000.0) as u64,
            subject: self.sub,
            session: self.sid,
        })
    }
}

impl Provider {
    /// Whether a token that no known key signed could be a logout token for one of these clients, if another key signed
    /// it.
    pub fn could_log_out(
        &self,
        token: &str,
        clients: &[String],
        now: Timestamp,
    ) -> Result<(), Unaccepted> {
        let claims: LogoutClaims =
            insecure_decode_claims(token).map_err(|_| Unaccepted("the token cannot be read"))?;
        claims.check(self.issuer(), clients, now).map(|_| ())
    }

    /// Checks a logout token for one of these clients of the provider.
    pub fn verify_logout(
        &self,
        token: &str,
        clients: &[String],
        now: Timestamp,
    ) -> Result<Logout, Refusal> {
        let Header { algorithm, kid, .. } = form::header(token, Type::Logout)?;
        // The audience is checked with the other claims.
        let (claims, _) = self.signed::<LogoutClaims>(token, algorithm, kid, None, now)?;
        Ok(claims.check(self.issuer(), clients, now)?)
    }
}

#[cfg(test)]
mod tests;
