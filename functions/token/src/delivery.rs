//! The form of a delivery of a security event token (RFC 8935, section 2.1), checked before the token is read.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The media type of its body.
const KIND: &str = "application/secevent+jwt";

/// The token in a body, which consists of it.
pub fn token_of<'b>(content_type: &[String], body: &'b [u8]) -> Result<&'b str, &'static str> {
    const WRONG_TYPE: &str = "Content-Type must be application/secevent+jwt";
    let [kind] = content_type else {
        return Err(WRONG_TYPE);
    };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case(KIND) {
        return Err(WRONG_TYPE);
    }
    let token = std::str::from_utf8(body).map_err(|_| "the body is not a security event token")?;
    Ok(token.trim_ascii())
}

/// Whether the header `Authorization` is the secret, if there is one.
pub fn is_authorized(secret: &str, authorization: &[String]) -> bool {
    if secret.is_empty() {
        return true;
    }
    let [sent] = authorization else { return false };
    // MACs are compared in constant time, and have the same length whatever was sent.
    let mac = |text: &str| {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        Some(mac.chain_update(text))
    };
    let (Some(of_secret), Some(of_sent)) = (mac(secret), mac(sent)) else {
        return false;
    };
    of_sent
        .verify_slice(&of_secret.finalize().into_bytes())
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_the_token() {
        let read = |kind: &str, body| token_of(&[kind.to_owned()], body);
        assert_eq!(read(KIND, b"a.b.c"), Ok("a.b.c"));
        assert_eq!(
            read("Application/SecEvent+JWT; charset=utf-8", b"a.b.c\n"),
            Ok("a.b.c")
        );
        for other in [
            "application/jwt",
            "application/json",
            "",
            "application/secevent+jwtx",
        ] {
            assert!(read(other, b"a.b.c").is_err(), "{other}");
        }
        assert!(token_of(&[], b"a.b.c").is_err());
        assert!(token_of(&[KIND.to_owned(), KIND.to_owned()], b"a.b.c").is_err());
        assert!(read(KIND, &[0xff]).is_err());
    }

    #[test]
    fn only_the_whole_secret_fits() {
        let fits = |sent: &[&str]| {
            let sent: Vec<_> = sent.iter().map(|sent| (*sent).to_owned()).collect();
            is_authorized("Bearer a-push-secret", &sent)
        };
        assert!(fits(&["Bearer a-push-secret"]));
        for other in [
            &[][..],
            &[""],
            &["bearer a-push-secret"],
            &["Bearer a-push-secre"],
            &["Bearer a-push-secret "],
            &["Bearer a-push-secret", "Bearer a-push-secret"],
        ] {
            assert!(!fits(other), "{other:?}");
        }
        assert!(is_authorized("", &[]) && is_authorized("", &["Bearer x".to_owned()]));
    }
}
