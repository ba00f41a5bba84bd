//! The claims of a security event token (RFC 8417; OpenID Shared Signals Framework 1.0, section 4.1): an event that a
//! transmitter reports. It never identifies a caller.

use clock::Timestamp;
use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};

use super::{
    Provider, Refusal, Unaccepted,
    audience::Audience,
    claims::{LEEWAY_SECONDS, Present},
    form::{self, Header, Type},
    issuer::transmitter::Transmitter,
    logout,
};

/// The longest token that is checked, in bytes.
const LONGEST: usize = 64 * 1024;

/// A number from here on is not in seconds: milliseconds since the epoch have been larger since 1973, and seconds are
/// smaller until 5138.
pub const FIRST_MILLISECONDS: f64 = 100_000_000_000.0;

/// The result of checking a security event token.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityEvent {
    /// Its `jti`.
    pub id: String,
    /// When it was issued, in seconds since the epoch.
    pub issued_at: f64,
    /// The subject, if it is not in the events.
    pub subject: Option<Value>,
    /// The events by their types: one, or several names of one.
    pub events: Map<String, Value>,
}

/// Why a token is not accepted, in a text that the transmitter may read, and by a code of RFC 8935 (section 2.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Refused {
    /// The code.
    pub code: &'static str,
    /// The text.
    pub why: &'static str,
}

impl From<Unaccepted> for Refused {
    fn from(Unaccepted(why): Unaccepted) -> Self {
        Self {
            code: "invalid_request",
            why,
        }
    }
}

#[derive(Deserialize)]
struct EventClaims {
    iss: Option<String>,
    aud: Option<Audience>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    jti: Option<String>,
    sub_id: Option<Value>,
    #[serde(default)]
    events: Value,
    /// Tokens of other kinds have this claim.
    #[serde(default)]
    sub: Present,
    /// A claim of ID tokens.
    #[serde(default)]
    nonce: Present,
    /// The type of Keycloak's other tokens.
    #[serde(default)]
    typ: Present,
}

/// The content of a token whose signature was not checked yet, if it could be valid with the transmitter's signature.
pub fn check(
    token: &str,
    transmitter: &Transmitter,
    now: Timestamp,
) -> Result<SecurityEvent, Refused> {
    if token.len() > LONGEST {
        return Err(Unaccepted("the token is longer than 64 KiB").into());
    }
    let Header { is_typed, .. } = form::header(token, Type::Event)?;
    let claims: EventClaims =
        insecure_decode_claims(token).map_err(|_| Unaccepted("the token cannot be read"))?;
    claims.check(is_typed, transmitter, now)
}

impl EventClaims {
    fn check(
        self,
        is_typed: bool,
        transmitter: &Transmitter,
        now: Timestamp,
    ) -> Result<SecurityEvent, Refused> {
        let issuer = self.iss.ok_or(Unaccepted("the token has no iss"))?;
        if !transmitter.is_issuer(&issuer) {
            return Err(Refused {
                code: "invalid_issuer",
                why: "the token is from another issuer",
            });
        }
        let audience = self.aud.ok_or(Unaccepted("the token has no aud"))?;
        if !audience.has_or_is_below(&transmitter.audience) {
            return Err(Refused {
                code: "invalid_audience",
                why: "the token is for another audience",
            });
        }
        let now = now.unix_seconds() as f64;
        if self.exp.is_some_and(|end| end <= now) {
            return Err(Unaccepted("the token has expired").into());
        }
        if self.nbf.is_some_and(|begin| begin > now + LEEWAY_SECONDS) {
            return Err(Unaccepted("the token is not valid yet").into());
        }
        let issued_at = self.iat.ok_or(Unaccepted("the token has no iat"))?;
        if !(0.0..FIRST_MILLISECONDS).contains(&issued_at) {
            return Err(Unaccepted("iat must be seconds since the epoch").into());
        }
        let id = self.jti.ok_or(Unaccepted("the token has no jti"))?;
        if vocabulary::external_id(&id).is_err() {
            return Err(
                Unaccepted("jti must have 1 to 255 characters and no control characters").into(),
            );
        }
        let Value::Object(events) = self.events else {
            return Err(Unaccepted("the token has no events").into());
        };
        if events.is_empty() || !events.values().all(Value::is_object) {
            return Err(
                Unaccepted("events must hold at least one event, each of them an object").into(),
            );
        }
        let is_of_another_kind = self.sub.0 || self.nonce.0 || self.typ.0;
        if is_of_another_kind || events.contains_key(logout::EVENT) {
            return Err(Unaccepted("the token is not a security event token").into());
        }
        // Before the type was required, the subject was in the event.
        if !is_typed && self.sub_id.is_some() {
            return Err(Unaccepted("the token's typ must be secevent+jwt").into());
        }
        Ok(SecurityEvent {
            id,
            issued_at,
            subject: self.sub_id,
            events,
        })
    }
}

impl Provider {
    /// Checks a security event token of a transmitter with these keys.
    pub fn verify_event(
        &self,
        token: &str,
        transmitter: &Transmitter,
        now: Timestamp,
    ) -> Result<SecurityEvent, Refusal> {
        let Header { algorithm, kid, .. } = form::header(token, Type::Event)?;
        // Its claims are checked below.
        self.signed::<IgnoredAny>(token, algorithm, kid, None, now)?;
        check(token, transmitter, now).map_err(|refused| Unaccepted(refused.why).into())
    }
}

#[cfg(test)]
mod tests;
