//! The claims of an active token, as RFC 7662 names them.

use serde_json::{Map, Value};
use service::identity::unverified;
use uuid::Uuid;

use crate::api::tokens::Introspection;

/// The claims of a token that has been verified and belongs to this organization. A claim whose type is not that of
/// the standard is left out.
pub fn active(token: &str, organization: Uuid) -> Introspection {
    let claims = claims(token).unwrap_or_default();
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let seconds = |name: &str| {
        let claim = claims.get(name)?;
        // A number that may have a fraction is returned without it.
        let whole = || claim.as_f64().filter(|number| *number >= 0.0);
        claim
            .as_u64()
            .or_else(|| whole().map(|number| number as u64))
    };
    Introspection {
        active: true,
        scope: text("scope"),
        client_id: text("client_id").or_else(|| text("azp")),
        username: text("preferred_username").or_else(|| text("username")),
        token_type: Some("Bearer"),
        exp: seconds("exp"),
        iat: seconds("iat"),
        nbf: seconds("nbf"),
        sub: text("sub"),
        aud: claims.get("aud").filter(|aud| is_audience(aud)).cloned(),
        iss: text("iss"),
        jti: text("jti"),
        sid: text("sid"),
        organization_id: Some(organization),
    }
}

fn claims(token: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&unverified::payload(token)?).ok()
}

fn is_audience(aud: &Value) -> bool {
    aud.is_string()
        || aud
            .as_array()
            .is_some_and(|several| several.iter().all(Value::is_string))
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(claims: Value, mut expected: Value) {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
        let said = active(&format!("e30.{payload}.AAAA"), Uuid::nil());
        expected["active"] = true.into();
        expected["token_type"] = "Bearer".into();
        expected["organization_id"] = Uuid::nil().to_string().into();
        assert_eq!(serde_json::to_value(said).unwrap(), expected);
    }

    #[test]
    fn what_the_standard_has_is_passed_on() {
        let claims = json!({"iss": "i", "sub": "alice", "aud": ["shell", "account"], "exp": 2_000, "iat": 1_000.5,
            "nbf": 999, "jti": "t", "sid": "s", "azp": "web", "scope": "openid email", "preferred_username": "al"});
        let mut expected = claims.clone();
        expected["iat"] = 1_000.into();
        expected["client_id"] = "web".into();
        expected["username"] = "al".into();
        for name in ["azp", "preferred_username"] {
            expected.as_object_mut().unwrap().remove(name);
        }
        check(claims, expected);
    }

    #[test]
    fn what_is_personal_or_of_another_type_is_not() {
        let claims = json!({"sub": "alice", "aud": "shell", "email": "a@b.example", "name": "Alice", "nbf": "soon",
            "iat": -1, "scope": ["a"], "client_id": "c", "azp": "d", "realm_access": {"roles": ["r"]}});
        check(
            claims,
            json!({"sub": "alice", "aud": "shell", "client_id": "c"}),
        );
        check(json!({"aud": ["a", 1]}), json!({}));
    }
}
