//! Reasons to refuse a token whatever key signed it: its own claims.

use std::time::Duration;

use clock::Timestamp;
use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::Deserialize;

use super::{Unaccepted, audience::Audience, claims::Claims};

/// The issuer and the audience that a token claims.
#[derive(Deserialize)]
struct Addressed {
    iss: Option<String>,
    aud: Option<Audience>,
}

/// Whether a token that no known key signed could be valid if another key signed it: the issuer is asked for new keys
/// only then.
pub fn could_count(
    token: &str,
    issuer: &str,
    audience: &str,
    now: Timestamp,
    longest_token: Duration,
) -> Result<(), Unaccepted> {
    let unreadable = |_| Unaccepted("the token cannot be read");
    let addressed: Addressed = insecure_decode_claims(token).map_err(unreadable)?;
    if addressed.iss.ok_or(Unaccepted("the token has no iss"))? != issuer {
        return Err(Unaccepted("the token is from another issuer"));
    }
    let named = addressed.aud.ok_or(Unaccepted("the token has no aud"))?;
    if !named.has(audience) {
        return Err(Unaccepted("the token is for another audience"));
    }
    let claims: Claims = insecure_decode_claims(token).map_err(unreadable)?;
    claims.check(now, longest_token).map(|_| ())
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
    use serde_json::{Value, json};

    use super::*;

    fn judge(change: impl FnOnce(&mut Value)) -> Option<&'static str> {
        let mut claims = json!({"iss": "issuer", "aud": "shell", "sub": "alice",
            "iat": 1_000, "exp": 2_000});
        change(&mut claims);
        let token = format!("e30.{}.AAAA", BASE64.encode(claims.to_string()));
        let now = Timestamp::from_unix(1_000, 0);
        could_count(&token, "issuer", "shell", now, Duration::from_secs(1_000))
            .err()
            .map(|fault| fault.0)
    }

    #[test]
    fn only_what_is_of_the_issuer_for_the_audience_and_in_time() {
        assert_eq!(judge(|_| {}), None);
        assert_eq!(
            judge(|claims| claims["aud"] = json!(["other", "shell"])),
            None
        );
        for (name, value, expected) in [
            ("iss", json!("issuer/"), "the token is from another issuer"),
            ("iss", json!(null), "the token has no iss"),
            ("iss", json!(["issuer"]), "the token cannot be read"),
            ("aud", json!("other"), "the token is for another audience"),
            ("aud", json!([]), "the token is for another audience"),
            ("aud", json!(null), "the token has no aud"),
            ("exp", json!(1_000), "the token has expired"),
            (
                "exp",
                json!(2_001),
                "the token's lifetime is longer than the longest that is allowed",
            ),
            ("iat", json!(null), "the token has no iat"),
            ("nbf", json!(1_900), "the token is not valid yet"),
            ("typ", json!("ID"), "the token is not an access token"),
        ] {
            assert_eq!(
                judge(|claims| claims[name] = value),
                Some(expected),
                "{name}"
            );
        }
    }
}
