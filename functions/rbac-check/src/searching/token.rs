//! The position at which a page ended, as an opaque token for the client. It is sealed, so that it continues only the
//! same search, and masked, since it may name a candidate that was examined and is not allowed.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use service::{
    cache::seal::{SealKey, Sealed},
    problem::Problem,
    tenant::TenantPath,
};
use vocabulary::Invalid;

use super::request::{Asked, unfit};
use crate::evaluating::fields::{Faults, add};

/// A name for tokens only, since other values are sealed with the same secret.
const NAME: &str = "token:search";
const MASK: &str = "token:search:mask";

/// The bytes of a sealed value before its content: two numbers, each with a space, and the seal.
const BEFORE: usize = 4 + 32;

/// Where the next page begins, and its maximum number of results.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Place {
    /// The page begins after this candidate; absent: at the beginning.
    pub after: Option<String>,
    /// The number of results that the client requested for a page, if it did.
    pub limit: Option<usize>,
}

impl Place {
    /// A later place of the same search.
    pub fn going_on(&self, after: Option<&str>) -> Self {
        Self {
            after: after.map(str::to_owned),
            limit: self.limit,
        }
    }
}

/// The token that the client gets for a place.
pub fn seal(key: &SealKey, path: &TenantPath, asked: &Asked<'_>, place: &Place) -> String {
    let limit = place
        .limit
        .map_or_else(String::new, |limit| limit.to_string());
    let content = match &place.after {
        Some(after) => [&limit, " ", after].concat(),
        None => limit,
    };
    let sealed = Sealed {
        counter: 0,
        written_at: 0,
        content: content.into_bytes(),
    };
    let bytes = key.seal(NAME, &context(path, asked), &sealed);
    BASE64_URL_SAFE_NO_PAD.encode(masked(key, bytes))
}

/// The position at which the requested page begins. Only the limit may be left out when a token is sent.
pub fn place(key: &SealKey, path: &TenantPath, asked: &Asked<'_>) -> Result<Place, Problem> {
    let sent = asked.page.limit;
    let Some(token) = &asked.page.token else {
        return Ok(Place {
            after: None,
            limit: sent,
        });
    };
    let place = open(key, path, asked, token);
    let place = place.filter(|place| sent.is_none() || sent == place.limit);
    // A client that requested empty pages, and leaves the limit out now, would never reach the end.
    let place = place.map(|place| Place {
        limit: place.limit.filter(|limit| *limit > 0 || sent.is_some()),
        ..place
    });
    place.ok_or_else(|| {
        let mut faults = Faults::new();
        let expected = "the next_token of the page before, with the same entities and the same limit, if there was one";
        add(&mut faults, "/page/token", &Invalid(expected));
        unfit(faults)
    })
}

fn open(key: &SealKey, path: &TenantPath, asked: &Asked<'_>, token: &str) -> Option<Place> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let sealed = key.open(NAME, &context(path, asked), masked(key, bytes))?;
    let content = String::from_utf8(sealed.content).ok()?;
    let (limit, after) = match content.split_once(' ') {
        Some((limit, after)) => (limit, Some(after.to_owned())),
        None => (&*content, None),
    };
    Some(Place {
        after,
        limit: limit.parse().ok(),
    })
}

/// Masks or unmasks the content: the bytes of the mask come from the seal, which differs for every content and
/// question.
fn masked(key: &SealKey, mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some((before, content)) = bytes.split_at_mut_checked(BEFORE) {
        for (number, block) in content.chunks_mut(32).enumerate() {
            let place = [before, &number.to_be_bytes()[..]].concat();
            let mask = key.derive(MASK, &place);
            for (byte, mask) in block.iter_mut().zip(mask) {
                *byte ^= mask;
            }
        }
    }
    bytes
}

/// The context is unambiguous, since no slug contains a colon.
fn context(path: &TenantPath, asked: &Asked<'_>) -> String {
    let acting_for = path.acting_for.as_ref().map_or("", |slug| slug.as_str());
    let (provider, organization) = (&path.provider, path.organization);
    let written = asked.written();
    format!("{provider}:{organization}:{acting_for}:{written}")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::evaluating::entities::Sought;

    fn key() -> SealKey {
        SealKey::new("a secret of at least 32 characters").unwrap()
    }

    fn path(acting_for: Option<&str>) -> TenantPath {
        TenantPath {
            organization: Uuid::nil(),
            provider: "default".try_into().unwrap(),
            acting_for: acting_for.map(|slug| slug.try_into().unwrap()),
        }
    }

    const SUBJECT: &str = r#""subject":{"type":"user","id":"alice"}"#;
    const ACTION: &str = r#""action":{"name":"read"}"#;

    fn body(rest: &str) -> String {
        format!(r#"{{{SUBJECT},{ACTION},"resource":{{"type":"doc"}}{rest}}}"#)
    }

    fn read(body: &str) -> Asked<'_> {
        Asked::read(body, Sought::Resources).unwrap()
    }

    fn after(id: &str, limit: Option<usize>) -> Place {
        Place {
            after: Some(id.to_owned()),
            limit,
        }
    }

    #[test]
    fn a_token_continues_its_own_search() {
        let body = body("");
        let acme = path(Some("acme"));
        let long = "é".repeat(255);
        for place in [
            after("a b", None),
            after(&long, Some(1_000)),
            Place {
                after: None,
                limit: Some(0),
            },
        ] {
            let token = seal(&key(), &acme, &read(&body), &place);
            let open = |path: &TenantPath, body: &str, token: &str| {
                super::open(&key(), path, &read(body), token)
            };
            assert_eq!(open(&acme, &body, &token), Some(place));
            assert_eq!(open(&path(None), &body, &token), None);
            assert_eq!(open(&path(Some("globex")), &body, &token), None);
            for other in [&token[1..], &token[..token.len() - 1], "", "%", "YWNtZQ"] {
                assert_eq!(open(&acme, &body, other), None, "{other}");
            }
        }
    }

    #[test]
    fn entities_are_repeated_and_a_limit_may_be_left_out() {
        let begun = body(r#","context":{"a":[1],"b":2},"page":{"limit":7}"#);
        let acme = path(Some("acme"));
        let token = seal(&key(), &acme, &read(&begun), &after("x", Some(7)));
        let continued = |rest: &str, limit: &str| {
            let page = format!(r#","page":{{"token":"{token}"{limit}}}"#);
            let body = body(&[rest, &page].concat());
            place(&key(), &acme, &read(&body)).ok()
        };
        let same = r#","context":{ "b":2, "a":[1] }"#;
        let expected = Some(after("x", Some(7)));
        assert_eq!(continued(same, ""), expected);
        assert_eq!(continued(same, r#","limit":7.0"#), expected);
        assert_eq!(continued(same, r#","limit":8"#), None);
        assert_eq!(continued(same, r#","properties":{}"#), None);
        assert_eq!(continued("", ""), None);
        assert_eq!(continued(r#","context":{"a":[1],"b":3}"#, ""), None);
    }

    #[test]
    fn a_page_of_nothing_leads_to_one_of_something() {
        let begun = body(r#","page":{"limit":0}"#);
        let nowhere = Place {
            after: None,
            limit: Some(0),
        };
        let token = seal(&key(), &path(None), &read(&begun), &nowhere);
        let continued = |limit: &str| {
            let body = body(&format!(r#","page":{{"token":"{token}"{limit}}}"#));
            place(&key(), &path(None), &read(&body)).ok()
        };
        assert_eq!(continued(""), Some(Place::default()));
        assert_eq!(continued(r#","limit":0"#), Some(nowhere));
    }

    #[test]
    fn what_was_looked_at_cannot_be_read() {
        let body = body("");
        let place = after("the-secret-plan", None);
        let token = seal(&key(), &path(None), &read(&body), &place);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("secret"), "{text}");
    }
}
