//! What a token claims before anybody has checked it: good for guessing what will be needed, and
//! for nothing else.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use uuid::Uuid;

/// What a token claims of its caller.
#[derive(Deserialize)]
pub struct Unverified {
    /// The issuer.
    pub iss: Option<String>,
    /// The tenant.
    pub organization_id: Option<Uuid>,
    /// Who.
    #[serde(default)]
    pub sub: String,
}

#[derive(Deserialize)]
struct Issued {
    iss: Option<String>,
}

/// The issuer that a token names, where it names one, whatever else it claims.
pub fn issuer(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let json = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice::<Issued>(&json).ok()?.iss
}

/// What a token claims; nothing where that cannot be read.
pub fn claimed(token: &str) -> Option<Unverified> {
    let payload = token.split('.').nth(1)?;
    let json = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_and_takes_anything() {
        let payload = BASE64_URL_SAFE_NO_PAD
            .encode(r#"{"sub":"a","organization_id":"01970000-0000-7000-8000-000000000001"}"#);
        let read = claimed(&format!("h.{payload}.s")).unwrap();
        assert!(read.organization_id.is_some() && read.sub == "a");
        for other in ["", "a", "a.b.c", "a..c", ".."] {
            assert!(claimed(other).is_none(), "{other}");
        }
        let nothing = claimed("a.e30.c").unwrap();
        assert!(nothing.organization_id.is_none() && nothing.sub.is_empty());
    }
}
