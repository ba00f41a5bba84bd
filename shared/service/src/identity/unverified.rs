//! The claims of a token that has not been checked yet: they only serve to guess which data will be needed.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::claims::{self, organization_claim};
use crate::{
    revocation::Marks,
    tenant::{Caller, OrganizationClaim},
};

/// What a token claims about its caller.
#[derive(Debug, Eq, PartialEq)]
pub struct Unverified {
    /// The issuer.
    pub iss: Option<String>,
    /// The tenant.
    pub organization: OrganizationClaim,
    /// The subject.
    pub subject: String,
    /// The session.
    pub session: Option<String>,
    /// The id of the token.
    pub token_id: Option<String>,
    /// The client to which it was issued.
    pub client: Option<String>,
}

impl Unverified {
    /// The claims by which the token can be revoked, for a provider.
    pub fn marks<'t>(&'t self, provider: &'t str, hash: &'t str) -> Marks<'t> {
        Marks {
            provider,
            hash,
            subject: &self.subject,
            session: self.session.as_deref(),
            token_id: self.token_id.as_deref(),
            client: self.client.as_deref(),
        }
    }

    /// Whether the authentic token has the same claims: then the result of the lookup for the guess is valid for the
    /// caller.
    pub fn is_of(&self, caller: &Caller) -> bool {
        self.organization == caller.organization
            && self.subject == caller.subject
            && self.session == caller.session
            && self.token_id == caller.token_id
            && self.client == caller.client
    }
}

#[derive(Deserialize)]
struct Payload<'a> {
    iss: Option<String>,
    #[serde(default, deserialize_with = "claims::standing")]
    organization_id: Option<Option<String>>,
    #[serde(borrow)]
    organization: Option<&'a RawValue>,
    #[serde(default)]
    sub: String,
    sid: Option<String>,
    jti: Option<String>,
    azp: Option<String>,
    client_id: Option<String>,
}

#[derive(Deserialize)]
struct Issued {
    iss: Option<String>,
}

/// The claims of a token, as they are in it.
pub fn payload(token: &str) -> Option<Vec<u8>> {
    let payload = token.split('.').nth(1)?;
    BASE64_URL_SAFE_NO_PAD.decode(payload).ok()
}

/// The issuer that a token names, if it names one, whatever else it claims.
pub fn issuer(token: &str) -> Option<String> {
    let json = payload(token)?;
    serde_json::from_slice::<Issued>(&json).ok()?.iss
}

/// What a token claims; nothing if it cannot be read.
pub fn claimed(token: &str) -> Option<Unverified> {
    let json = payload(token)?;
    let claims: Payload<'_> = serde_json::from_slice(&json).ok()?;
    Some(Unverified {
        iss: claims.iss,
        organization: organization_claim(claims.organization_id, claims.organization).ok()?,
        subject: claims.sub,
        session: claims.sid,
        token_id: claims.jti,
        client: claims.azp.or(claims.client_id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Name;

    fn read(claims: &str) -> Option<Unverified> {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(claims);
        claimed(&format!("h.{payload}.s"))
    }

    #[test]
    fn reads_what_is_there_and_takes_anything() {
        let claims =
            r#"{"sub":"a","organization_id":"01970000-0000-7000-8000-000000000001","x":[]}"#;
        let with_id = read(claims).unwrap();
        assert!(matches!(with_id.organization, OrganizationClaim::Id(_)));
        assert_eq!(with_id.subject, "a");
        let named = read(r#"{"sid":"s1","jti":"t1","azp":null,"client_id":"cli"}"#).unwrap();
        assert_eq!(named.session.as_deref(), Some("s1"));
        assert_eq!(named.token_id.as_deref(), Some("t1"));
        assert_eq!(named.client.as_deref(), Some("cli"));
        let names = |claims| read(claims).unwrap().organization;
        let acme = vec![Name {
            alias: "acme".to_owned(),
            id: None,
        }];
        assert_eq!(
            names(r#"{"organization":["acme"]}"#),
            OrganizationClaim::Names(acme)
        );
        for nothing in ["{}", r#"{"organization":7}"#, r#"{"organization":null}"#] {
            assert_eq!(names(nothing), OrganizationClaim::None, "{nothing}");
        }
        for other in ["", "a", "a.b.c", "a..c", ".."] {
            assert!(claimed(other).is_none(), "{other}");
        }
        assert!(read(r#"{"organization_id":"acme","organization":"acme"}"#).is_none());
    }
}
