//! Logout tokens of a real Keycloak, and their content. `captured/logout-tokens.ndjson` has the forms as they were
//! received with the tokens' claims, `captured/keys.json` the realm's keys.

use std::time::Duration;

use clock::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use service::identity::{
    Provider, Refusal,
    issuer::description::{Description, Kind},
    logout::{EVENT, Logout},
};
use vocabulary::Slug;

use super::{event, token_of};
use crate::form::MEDIA_TYPE;

const LOGOUTS: &str = include_str!("../../captured/logout-tokens.ndjson");
const KEYS: &str = include_str!("../../captured/keys.json");

#[derive(Deserialize)]
struct Captured {
    after: String,
    body: String,
    header: Value,
    claims: Value,
}

fn captured() -> Vec<Captured> {
    let lines = LOGOUTS.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn verify(token: &str, client: &str, now: u64) -> Result<Logout, &'static str> {
    let description = Description {
        kind: Kind::IdentityProvider,
        slug: Slug::try_from("default").unwrap(),
        issuer: "http://127.0.0.1:8180/realms/veni".to_owned(),
        longest_token: Duration::from_secs(86_400),
        audience: "shell".to_owned(),
        keys_at: None,
    };
    let provider = Provider::configured(description, KEYS).unwrap();
    let now = Timestamp::from_unix(now, 0);
    let verified = provider.verify_logout(token, &[client.to_owned()], now);
    verified.map_err(|refusal| match refusal {
        Refusal::Final(why) => why.0,
        Refusal::NoKey(unproven) => unproven.unaccepted.0,
    })
}

#[test]
fn each_says_which_session_ended() {
    let captured = captured();
    assert_eq!(captured.len(), 10);
    for Captured {
        after,
        body,
        header,
        claims,
    } in captured
    {
        let token = token_of(&[MEDIA_TYPE.to_owned()], body.as_bytes()).unwrap();
        assert_eq!(header["typ"], "logout+jwt", "{after}");
        let issued_at = claims["iat"].as_u64().unwrap();
        let logout = verify(&token, "web", issued_at).unwrap();
        let event = event(logout, Timestamp::from_unix(issued_at, 0));
        assert_eq!(
            json!(event),
            json!({"id": claims["jti"], "type": EVENT, "time": issued_at * 1_000,
                "facts": [{"kind": "revocation", "scope": "session", "session": claims["sid"],
                    "user": claims["sub"]}]}),
            "{after}"
        );
    }
}

#[test]
fn each_is_for_its_client_and_two_minutes() {
    for Captured { body, claims, .. } in captured() {
        let token = token_of(&[MEDIA_TYPE.to_owned()], body.as_bytes()).unwrap();
        let issued_at = claims["iat"].as_u64().unwrap();
        let at = |seconds| verify(&token, "web", seconds).map(|_| ());
        assert_eq!(at(issued_at - 30), Ok(()));
        assert_eq!(at(issued_at - 31), Err("the token's iat is in the future"));
        assert_eq!(at(issued_at + 119), Ok(()));
        assert_eq!(at(issued_at + 120), Err("the token has expired"));
        let another = verify(&token, "shell", issued_at);
        assert_eq!(another, Err("the token is for another audience"));
        // With another signature.
        let (signed, _) = token.rsplit_once('.').unwrap();
        let forged = format!("{signed}.{}", "A".repeat(342));
        assert_eq!(
            verify(&forged, "web", issued_at),
            Err("the token's signature is not valid")
        );
    }
}
