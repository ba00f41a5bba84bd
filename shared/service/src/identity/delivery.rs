//! The claims of a token that authenticates a delivery: it is valid for one address and one body, and never identifies
//! a caller.

use clock::Timestamp;
use serde::Deserialize;

use super::{
    Unaccepted,
    audience::Audience,
    claims::{LEEWAY_SECONDS, Present},
};

#[derive(Debug, Deserialize)]
pub(super) struct DeliveryClaims {
    iss: Option<String>,
    aud: Option<Audience>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    request_body_sha256: Option<String>,
    /// The type of Keycloak's other tokens.
    #[serde(default)]
    typ: Present,
    /// A claim of logout tokens.
    #[serde(default)]
    events: Present,
    /// The key to which a token is bound.
    #[serde(default)]
    cnf: Present,
}

impl DeliveryClaims {
    /// Checks that this is a token of the issuer for a delivery to the address, and that it is valid at this time.
    /// Returns the digest of the body that it is for.
    pub fn check(self, issuer: &str, address: &str, now: Timestamp) -> Result<String, Unaccepted> {
        let now = now.unix_seconds() as f64;
        let digest = self.request_body_sha256.ok_or(NO_DELIVERY)?;
        if self.typ.0 || self.events.0 || self.cnf.0 {
            return Err(NO_DELIVERY);
        }
        if self.iss.ok_or(Unaccepted("the token has no iss"))? != issuer {
            return Err(Unaccepted("the token is from another issuer"));
        }
        let audience = self.aud.ok_or(Unaccepted("the token has no aud"))?;
        if !audience.is(address) {
            return Err(Unaccepted("the token's audience is not this address"));
        }
        if self.exp.ok_or(Unaccepted("the token has no exp"))? <= now {
            return Err(Unaccepted("the token has expired"));
        }
        let is_early = |begin: f64| begin > now + LEEWAY_SECONDS;
        if self.nbf.is_some_and(is_early) {
            return Err(Unaccepted("the token is not valid yet"));
        }
        if self.iat.is_some_and(is_early) {
            return Err(Unaccepted("the token's iat is in the future"));
        }
        Ok(digest)
    }
}

const NO_DELIVERY: Unaccepted = Unaccepted("the token is not one of a delivery");

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::identity::{
        Refusal,
        crafting::{HEADER, NOW, provider, signed, token},
    };

    const ADDRESS: &str = "https://shell.example/v1/webhooks/keycloak";

    fn judge(seed: u8, change: impl FnOnce(&mut Value)) -> Result<String, &'static str> {
        let mut claims = json!({"iss": "issuer", "aud": ADDRESS, "exp": 1_300, "iat": 1_000, "jti": "1",
            "request_body_sha256": "00ff"});
        change(&mut claims);
        let token = signed(seed, HEADER, claims.to_string());
        let could = provider().could_count_for_delivery(&token, ADDRESS, NOW);
        let verified = provider().verify_delivery(&token, ADDRESS, NOW);
        match verified {
            Err(Refusal::Final(Unaccepted(why))) => {
                assert_eq!(could, Err(Unaccepted(why)));
                Err(why)
            }
            Err(Refusal::NoKey(unproven)) => Err(unproven.unaccepted.0),
            Ok(digest) => Ok(digest),
        }
    }

    #[test]
    fn only_what_is_for_the_address_alone_and_in_time() {
        assert_eq!(judge(1, |_| {}).as_deref(), Ok("00ff"));
        assert!(judge(1, |claims| claims["aud"] = json!([ADDRESS])).is_ok());
        assert_eq!(judge(2, |_| {}), Err("the token's signature is not valid"));
        for (name, value, expected) in [
            ("iss", json!("issuer/"), "the token is from another issuer"),
            ("iss", json!(null), "the token has no iss"),
            (
                "aud",
                json!("shell"),
                "the token's audience is not this address",
            ),
            (
                "aud",
                json!([ADDRESS, "shell"]),
                "the token's audience is not this address",
            ),
            (
                "aud",
                json!(format!("{ADDRESS}/")),
                "the token's audience is not this address",
            ),
            ("aud", json!([]), "the token's audience is not this address"),
            ("aud", json!(null), "the token has no aud"),
            ("exp", json!(1_000), "the token has expired"),
            ("exp", json!(null), "the token has no exp"),
            ("nbf", json!(1_031), "the token is not valid yet"),
            ("iat", json!(1_031), "the token's iat is in the future"),
            (
                "request_body_sha256",
                json!(null),
                "the token is not one of a delivery",
            ),
            ("typ", json!("Bearer"), "the token is not one of a delivery"),
            ("cnf", json!({}), "the token is not one of a delivery"),
        ] {
            assert_eq!(
                judge(1, |claims| claims[name] = value),
                Err(expected),
                "{name}"
            );
        }
    }

    #[test]
    fn a_callers_token_is_of_no_delivery_and_the_other_way_round() {
        let of_a_caller = token("", "");
        let refused = provider().verify_delivery(&of_a_caller, "shell", NOW);
        assert_eq!(refused, Err(Refusal::Final(NO_DELIVERY)));
        let of_a_delivery = token("", r#""request_body_sha256":"00ff""#);
        assert!(provider().verify(&of_a_delivery, NOW).is_err());
    }
}
