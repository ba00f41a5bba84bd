//! What a token claims before anybody has checked it: good for guessing what will be needed, and
//! for nothing else.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use memchr::memmem;
use uuid::Uuid;

/// The tenant that a token seems to be of. To look for the claim, without reading the others, is
/// enough for a guess.
pub fn claimed_organization(token: &str) -> Option<Uuid> {
    const NAME: &[u8] = br#""organization_id""#;
    let payload = token.split('.').nth(1)?;
    let json = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let (_, rest) = json.split_at_checked(memmem::find(&json, NAME)? + NAME.len())?;
    let rest = rest.trim_ascii_start().strip_prefix(b":")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
    Uuid::try_parse_ascii(rest.get(..36)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed(claims: &str) -> Option<String> {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(claims);
        claimed_organization(&format!("h.{payload}.s")).map(|id| id.to_string())
    }

    #[test]
    fn reads_what_is_there_and_takes_anything() {
        const ID: &str = "01970000-0000-7000-8000-000000000001";
        for claims in [
            r#"{"sub":"a","organization_id":"ID"}"#,
            r#"{ "organization_id" : "ID", "sub": "a" }"#,
        ] {
            let claims = claims.replace("ID", ID);
            assert_eq!(claimed(&claims).as_deref(), Some(ID), "{claims}");
        }
        for claims in [
            "{}",
            r#"{"organization_id""#,
            r#"{"organization_id":null}"#,
            r#"{"organization_id":"0197"}"#,
            r#"{"organization_id":"01970000-0000-7000-8000-00000000000é"}"#,
        ] {
            assert_eq!(claimed(claims), None, "{claims}");
        }
        for other in ["", "a", "a.b.c", "a..c", "..", "a.e30.c"] {
            assert_eq!(claimed_organization(other), None, "{other}");
        }
    }
}
