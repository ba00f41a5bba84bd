//! The probable kind of a token that is not an access token of the Shell: RFC 7009 has an error for some kinds.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// The claims that only ID tokens have (OpenID Connect Core 1.0, sections 2 and 3.3.2.11).
const OF_ID_TOKENS: [&str; 3] = ["nonce", "at_hash", "c_hash"];

/// Whether a token is of another kind than access tokens, according to its own content or, if that does not show its
/// kind, to its sender's hint.
pub fn is_of_another_kind(token: &str, hint: Option<&str>) -> bool {
    says_to_be_another(token).unwrap_or(hint == Some("refresh_token"))
}

/// Nothing if its content does not show its kind.
fn says_to_be_another(token: &str) -> Option<bool> {
    let mut parts = token.split('.');
    let header = object(parts.next()?)?;
    let claims = object(parts.next()?)?;
    let typ = header.get("typ").and_then(Value::as_str);
    let typ = typ.map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
    // RFC 9068, section 2.1.
    if let Some(typ) = typ.filter(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Some(!typ.eq_ignore_ascii_case("at+jwt"));
    }
    // Keycloak's tokens have their type in a claim.
    if let Some(typ) = claims.get("typ").and_then(Value::as_str) {
        return Some(!typ.eq_ignore_ascii_case("Bearer"));
    }
    let is_another =
        claims.contains_key("events") || OF_ID_TOKENS.iter().any(|name| claims.contains_key(*name));
    is_another.then_some(true)
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        [&part(header), ".", &part(claims), ".AAAA"].concat()
    }

    #[track_caller]
    fn check(header: Value, claims: Value, hint: Option<&str>, expected: bool) {
        let token = token(&header, &claims);
        assert_eq!(
            is_of_another_kind(&token, hint),
            expected,
            "{header} {claims}"
        );
    }

    #[test]
    fn what_it_says_of_itself_counts_more_than_the_hint() {
        let jwt = || json!({"typ": "JWT"});
        let refresh = Some("refresh_token");
        check(jwt(), json!({"typ": "Refresh"}), Some("access_token"), true);
        check(jwt(), json!({"typ": "Offline"}), None, true);
        check(jwt(), json!({"typ": "ID", "at_hash": "x"}), None, true);
        check(
            jwt(),
            json!({"typ": "Bearer", "nonce": "x"}),
            refresh,
            false,
        );
        check(json!({}), json!({"nonce": "x"}), None, true);
        check(json!({}), json!({"at_hash": "x"}), None, true);
        check(
            json!({"typ": "logout+jwt"}),
            json!({"typ": "Logout"}),
            None,
            true,
        );
        check(json!({"typ": "secevent+jwt"}), json!({}), None, true);
        check(jwt(), json!({"events": {}}), None, true);
        for typ in ["at+jwt", "application/at+JWT"] {
            check(json!({ "typ": typ }), json!({"nonce": "x"}), refresh, false);
        }
    }

    #[test]
    fn where_it_says_nothing_the_hint_counts() {
        for hint in [None, Some("access_token"), Some("something else")] {
            check(json!({"typ": "JWT"}), json!({"sub": "a"}), hint, false);
            assert!(!is_of_another_kind("opaque", hint));
        }
        check(json!({}), json!({"sub": "a"}), Some("refresh_token"), true);
        for opaque in ["opaque", "", "a.b.c", "..", "e30.W10.x"] {
            assert!(
                is_of_another_kind(opaque, Some("refresh_token")),
                "{opaque}"
            );
        }
    }
}
