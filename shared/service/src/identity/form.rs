//! The form of a token (RFC 7515, RFC 7519): a token that could be read in two ways is refused (RFC 8725, section 2.4
//! and others), before it is used for anything.

use std::{collections::HashSet, fmt};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};

use super::{Unaccepted, claims::Present};

/// The maximum nesting of objects and arrays; the tokens of providers have five or six levels. Their readers are
/// recursive.
const DEEPEST: usize = 32;

const NO_JWT: Unaccepted = Unaccepted("the token is not a JWT");

/// The type of a token. Its header must name this type, `JWT` or none.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    /// RFC 9068, section 2.1.
    Access,
    /// OpenID Connect Back-Channel Logout 1.0, section 2.4.
    Logout,
    /// RFC 8417, section 2.3.
    Event,
}

impl Type {
    /// Returns whether the header names this very type.
    fn check(self, typ: Option<&str>) -> Result<bool, Unaccepted> {
        let (own, refusal) = match self {
            Self::Access => ("at+jwt", Unaccepted("the token is not an access token")),
            Self::Logout => ("logout+jwt", Unaccepted("the token is not a logout token")),
            Self::Event => (
                "secevent+jwt",
                Unaccepted("the token is not a security event token"),
            ),
        };
        let Some(typ) = typ else { return Ok(false) };
        let is = |typ: &str, name: &str| typ.eq_ignore_ascii_case(name);
        // RFC 7515, section 4.1.9.
        let short = typ
            .split_once('/')
            .filter(|(kind, _)| is(kind, "application"));
        let is_typed = is(short.map_or(typ, |(_, short)| short), own);
        let fits = is_typed || is(typ, "JWT");
        fits.then_some(is_typed).ok_or(refusal)
    }
}

/// The parts of a token's header that are used. The keys that it may contain or refer to (`jwk`, `jku`, `x5c`, `x5u`)
/// are not: a forger would have chosen them.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Header {
    /// The algorithm that it names; the key decides which one is used.
    pub algorithm: Algorithm,
    /// The name of its key.
    pub kid: String,
    /// Whether it names its type (RFC 8725, section 3.11).
    pub is_typed: bool,
}

#[derive(Deserialize)]
struct Members {
    alg: Algorithm,
    kid: Option<String>,
    typ: Option<String>,
    /// Present if the token contains another token.
    cty: Option<String>,
    #[serde(default)]
    crit: Present,
    /// Both are members of an encrypted token.
    #[serde(default)]
    enc: Present,
    #[serde(default)]
    zip: Present,
    /// RFC 7797.
    #[serde(default)]
    b64: Present,
}

/// Checks the form of a token, including its claims, and reads its header.
pub(super) fn header(token: &str, wanted: Type) -> Result<Header, Unaccepted> {
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(NO_JWT);
    };
    let header = object(header).ok_or(NO_JWT)?;
    let header: Members = serde_json::from_slice(&header).map_err(|_| NO_JWT)?;
    let is_typed = wanted.check(header.typ.as_deref())?;
    // RFC 7515, section 4.1.11: a critical header that is not understood must be refused.
    if header.crit.0 {
        return Err(Unaccepted(
            "the token has an unknown critical header (crit)",
        ));
    }
    let is_jwt = |cty: &str| {
        ["JWT", "application/jwt"]
            .iter()
            .any(|jwt| jwt.eq_ignore_ascii_case(cty))
    };
    if header.cty.as_deref().is_some_and(is_jwt) {
        return Err(Unaccepted("the token contains another token"));
    }
    if header.enc.0 || header.zip.0 || header.b64.0 {
        return Err(Unaccepted(
            "the token is encrypted, compressed or not base64url-encoded",
        ));
    }
    let kid = header
        .kid
        .ok_or(Unaccepted("the token names no key (kid)"))?;
    object(claims).ok_or(Unaccepted("the token cannot be read"))?;
    Ok(Header {
        algorithm: header.alg,
        kid,
        is_typed,
    })
}

/// The JSON of a part, if it is an object that every reader understands in the same way.
fn object(part: &str) -> Option<Vec<u8>> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
    let mut reader = serde_json::Deserializer::from_slice(&json);
    let is_object = Clear(DEEPEST).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    is_object.then_some(json)
}

/// Checks a value of at most this many levels and discards it. Returns whether it is an object.
struct Clear(usize);

impl Clear {
    fn within<E: Error>(&self) -> Result<Self, E> {
        let left = self.0.checked_sub(1);
        left.map(Self).ok_or_else(|| E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Clear {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<bool, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Clear {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        while items.next_element_seed(self.within()?)?.is_some() {}
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<bool, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("duplicate member"));
            }
            members.next_value_seed(self.within()?)?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_its_own() {
        for (wanted, own, other) in [
            (Type::Access, "at+jwt", "logout+jwt"),
            (Type::Logout, "logout+jwt", "at+jwt"),
            (Type::Event, "secevent+jwt", "logout+jwt"),
        ] {
            let upper = own.to_uppercase();
            let whole = format!("application/{own}");
            for (fit, is_typed) in [
                ("JWT", false),
                ("jwt", false),
                (own, true),
                (&upper, true),
                (&whole, true),
            ] {
                assert_eq!(wanted.check(Some(fit)), Ok(is_typed), "{wanted:?} {fit}");
            }
            assert_eq!(wanted.check(None), Ok(false));
            let elsewhere = format!("text/{own}");
            for unfit in ["", other, "dpop+jwt", &elsewhere] {
                assert!(wanted.check(Some(unfit)).is_err(), "{wanted:?} {unfit}");
            }
        }
    }
}
