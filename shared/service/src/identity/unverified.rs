//! What a token claims before anybody has checked it: good for guessing what will be needed, and
//! for nothing else.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
struct Claims {
    organization_id: Option<Uuid>,
}

/// The tenant that a token claims to be of.
pub fn claimed_organization(token: &str) -> Option<Uuid> {
    let payload = token.split('.').nth(1)?;
    let json = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice::<Claims>(&json)
        .ok()?
        .organization_id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_and_takes_anything() {
        let payload = BASE64_URL_SAFE_NO_PAD
            .encode(r#"{"sub":"a","organization_id":"01970000-0000-7000-8000-000000000001"}"#);
        assert!(claimed_organization(&format!("h.{payload}.s")).is_some());
        for other in ["", "a", "a.b.c", "a..c", "..", "a.e30.c"] {
            assert_eq!(claimed_organization(other), None, "{other}");
        }
    }
}
