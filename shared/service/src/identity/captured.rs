//! Tokens of a real Keycloak, checked by a provider with its keys.

use clock::Timestamp;
use serde_json::Value;

use super::{
    crafting::{described, judge},
    unverified,
};

const ISSUER: &str = "http://127.0.0.1:8180/realms/veni";

/// A time at which all of the captured tokens were valid.
const NOW: Timestamp = Timestamp::from_unix(1_795_815_270, 0);
const LATER: Timestamp = Timestamp::from_unix(1_795_815_600, 0);

#[test]
fn only_access_tokens_are_callers() {
    let captured: Value = serde_json::from_str(include_str!("captured.json")).unwrap();
    let jwks = captured["jwks"].to_string();
    let check = |name: &str, audience: &str, now, expected: Result<(), &str>| {
        let token = captured[name].as_str().unwrap();
        let provider = described(ISSUER, audience, &jwks);
        let judged = judge(&provider, token, now);
        assert_eq!(
            judged.as_ref().map(|_| ()).map_err(|fault| *fault),
            expected,
            "{name}"
        );
        if let Ok(verified) = judged {
            let claimed = unverified::claimed(token).unwrap();
            assert!(claimed.is_of(&verified.caller));
            assert!(verified.caller.client.is_some());
        }
    };
    let no_access = Err("the token is not an access token");
    let another = Err("the token is for another audience");
    check("access_token", "shell", LATER, Ok(()));
    check("access_token", "web", LATER, another);
    check("client_credentials_access_token", "shell", LATER, another);
    check("client_credentials_access_token", "account", LATER, Ok(()));
    // These are recognized by their audience or, if that is right, by their type.
    check("id_token", "shell", LATER, another);
    check("id_token", "web", LATER, no_access);
    let unknown = Err("the token is signed with an unknown key");
    check("refresh_token", "shell", LATER, unknown);
    check("refresh_token", ISSUER, LATER, unknown);
    check("logout_token", "shell", NOW, no_access);
    check("logout_token", "web", NOW, no_access);
}
