//! The attacks of RFC 8725 against a provider.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::crafting::{CLAIMS, HEADER, NOW, judge, provider, public, signed, token, with};

#[track_caller]
fn refused(token: &str, says: &str) {
    assert_eq!(judge(&provider(), token, NOW).unwrap_err(), says);
}

#[track_caller]
fn accepted(token: &str) {
    let verified = judge(&provider(), token, NOW).unwrap();
    assert_eq!(verified.caller.subject, "alice");
}

fn unsigned(header: &str, claims: &str) -> String {
    format!("{}.{}.", BASE64.encode(header), BASE64.encode(claims))
}

#[test]
fn a_good_token_is_accepted() {
    accepted(&token("", ""));
    accepted(&token(
        r#""typ":"at+jwt","x":[1]"#,
        r#""azp":"web","x":{"y":null}"#,
    ));
}

#[test]
fn without_a_signature() {
    for alg in ["none", "None", "NONE", "", "EdDSA "] {
        let header = json!({"alg": alg, "kid": "one"}).to_string();
        refused(&unsigned(&header, CLAIMS), "the token is not a JWT");
    }
    refused(
        &unsigned(HEADER, CLAIMS),
        "the token's signature is not valid",
    );
    refused(
        &unsigned(r#"{"kid":"one"}"#, CLAIMS),
        "the token is not a JWT",
    );
}

/// A public key is not a secret.
#[test]
fn the_public_key_as_a_secret() {
    let key = public(1, "one");
    let raw = BASE64.decode(key["x"].as_str().unwrap()).unwrap();
    for secret in [raw, key.to_string().into_bytes(), Vec::new()] {
        for (name, algorithm) in [
            ("HS256", Algorithm::HS256),
            ("HS384", Algorithm::HS384),
            ("HS512", Algorithm::HS512),
        ] {
            let header = json!({"alg": name, "kid": "one"}).to_string();
            let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(CLAIMS));
            let secret = EncodingKey::from_secret(&secret);
            let signature =
                jsonwebtoken::crypto::sign(message.as_bytes(), &secret, algorithm).unwrap();
            let forged = format!("{message}.{signature}");
            refused(&forged, "the token's algorithm does not match its key");
        }
    }
}

#[test]
fn a_kid_is_a_name_and_nothing_else() {
    let long = "k".repeat(64 * 1024);
    for kid in [
        "",
        "../../../../dev/null",
        "/proc/self/environ",
        "one' UNION SELECT 'key",
        "one\u{0}",
        " one",
        "ONE",
        "http://127.0.0.1:1/key",
        &long,
    ] {
        let header = json!({"alg": "EdDSA", "kid": kid}).to_string();
        refused(
            &signed(1, header, CLAIMS),
            "the token is signed with an unknown key",
        );
    }
    for kid in [json!(1), json!(["one"]), json!({"one": 1})] {
        let header = json!({"alg": "EdDSA", "kid": kid}).to_string();
        refused(&signed(1, header, CLAIMS), "the token is not a JWT");
    }
    for header in [r#"{"alg":"EdDSA"}"#, r#"{"alg":"EdDSA","kid":null}"#] {
        refused(&signed(1, header, CLAIMS), "the token names no key (kid)");
    }
}

/// A forger can send a key with the token, or an address of one.
#[test]
fn keys_of_the_token_s_own_count_for_nothing() {
    let own = public(2, "one");
    for (name, value) in [
        ("jwk", own.clone()),
        ("jku", json!("http://127.0.0.1:1/keys")),
        ("x5u", json!("http://127.0.0.1:1/certificate")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
    ] {
        let mut header: Value = serde_json::from_str(HEADER).unwrap();
        header[name] = value;
        let forged = signed(2, header.to_string(), CLAIMS);
        refused(&forged, "the token's signature is not valid");
        // Nor do they invalidate a token that is signed correctly.
        accepted(&signed(1, header.to_string(), CLAIMS));
    }
}

#[test]
fn what_is_said_twice_decides_nothing() {
    for member in [
        r#""organization_id":"01970000-0000-7000-8000-000000000001""#,
        r#""organization":"acme""#,
        r#""sub":"bob""#,
        r#""s\u0075b":"bob""#,
        r#""iss":"issuer""#,
        r#""aud":"shell""#,
        r#""exp":2000"#,
        r#""nbf":0"#,
        r#""iat":1000"#,
        r#""sid":"s1""#,
        r#""jti":"t1""#,
        r#""azp":"web""#,
        r#""cnf":{}"#,
    ] {
        let twice = format!("{member},{member}");
        refused(&token("", &twice), "the token cannot be read");
    }
    refused(
        &token(
            "",
            r#""organization":{"acme":{"id":"1"},"acme":{"id":"2"}}"#,
        ),
        "the token cannot be read",
    );
    for member in [r#""kid":"one""#, r#""alg":"EdDSA""#, r#""x":1,"x":1"#] {
        refused(&token(member, ""), "the token is not a JWT");
    }
}

#[test]
fn tokens_within_tokens() {
    let inner = token("", "");
    for claims in [
        inner.clone(),
        json!(inner).to_string(),
        "[]".to_owned(),
        "1".to_owned(),
    ] {
        refused(&signed(1, HEADER, claims), "the token cannot be read");
    }
    for cty in ["JWT", "jwt", "application/JWT"] {
        let header = json!({"alg": "EdDSA", "kid": "one", "cty": cty}).to_string();
        refused(
            &signed(1, header, &inner),
            "the token contains another token",
        );
        refused(
            &token(&format!(r#""cty":"{cty}""#), ""),
            "the token contains another token",
        );
    }
    for parts in ["", "a", "a.b", "a.b.c.d", "a.b.c.d.e", "..", "...."] {
        refused(parts, "the token is not a JWT");
    }
    refused(&format!("{inner}.e30"), "the token is not a JWT");
}

#[test]
fn other_forms_than_a_signed_token_s() {
    let other = "the token is encrypted, compressed or not base64url-encoded";
    for member in [
        r#""zip":"DEF""#,
        r#""enc":"A128GCM""#,
        r#""b64":false"#,
        r#""b64":true"#,
    ] {
        refused(&token(member, ""), other);
    }
    let critical = "the token has an unknown critical header (crit)";
    for crit in [r#"["b64"]"#, r#"["exp"]"#, "[]", "null", r#""exp""#] {
        refused(
            &token(&format!(r#""b64":false,"crit":{crit}"#), ""),
            critical,
        );
    }
    for typ in ["logout+jwt", "secevent+jwt", "dpop+jwt", "JWE"] {
        refused(
            &token(&format!(r#""typ":"{typ}""#), ""),
            "the token is not an access token",
        );
    }
}

#[test]
fn a_token_that_is_bound_to_a_key_is_no_bearer_s() {
    for cnf in [r#"{"jkt":"AAAA"}"#, r#"{"x5t#S256":"AAAA"}"#, "{}", "null"] {
        refused(
            &token("", &format!(r#""cnf":{cnf}"#)),
            "the token is bound to a key and cannot be used as a bearer token",
        );
    }
}

#[test]
fn numbers_beyond_all_range() {
    for number in ["1e400", "-1e400", "1e99999999999"] {
        refused(
            &token("", &format!(r#""nbf":{number}"#)),
            "the token cannot be read",
        );
        refused(
            &token("", &format!(r#""x":{number}"#)),
            "the token cannot be read",
        );
    }
    let exp = |exp: &str| {
        let claims = CLAIMS.replace("2000", exp);
        judge(&provider(), &signed(1, HEADER, claims), NOW)
    };
    let too_long = "the token's lifetime is longer than the longest that is allowed";
    for ever in ["1e308", "18446744073709551616", "9007199254740993"] {
        assert_eq!(exp(ever).unwrap_err(), too_long, "{ever}");
    }
    for past in ["-1", "-1e308", "0", "1e-300", "-0.0", "1000"] {
        assert_eq!(exp(past).unwrap_err(), "the token has expired", "{past}");
    }
    for none in [r#""2000""#, "[2000]", "true", "{}"] {
        assert_eq!(exp(none).unwrap_err(), "the token cannot be read", "{none}");
    }
}

#[test]
fn depth_has_an_end() {
    let nested = |open: &str, close: &str, levels: usize| {
        format!(r#""x":{}1{}"#, open.repeat(levels), close.repeat(levels))
    };
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        accepted(&token(&nested(open, close, 31), &nested(open, close, 31)));
        for levels in [32, 127, 1_000, 200_000] {
            let deep = nested(open, close, levels);
            refused(&token("", &deep), "the token cannot be read");
            refused(&token(&deep, ""), "the token is not a JWT");
        }
        // It is never closed.
        refused(
            &signed(1, HEADER, open.repeat(100_000)),
            "the token cannot be read",
        );
    }
}

#[test]
fn what_is_no_json_of_one_meaning() {
    for claims in ["", "{", "\u{feff}{}", "{}{}", "{} x", r#"{"sub":"\ud800"}"#] {
        refused(&signed(1, HEADER, claims), "the token cannot be read");
    }
    refused(
        &signed(1, HEADER, b"{\"a\":\"\xff\"}"),
        "the token cannot be read",
    );
    let good = token("", "");
    for other in [
        good.replace('.', "=."),
        good.replacen('e', " e", 1),
        good.replacen('e', "e\n", 1),
        format!("{good}="),
    ] {
        assert!(judge(&provider(), &other, NOW).is_err(), "{other}");
    }
    accepted(&signed(
        1,
        format!(" {HEADER}\n"),
        with(CLAIMS, r#" "x" : 1 "#),
    ));
}
