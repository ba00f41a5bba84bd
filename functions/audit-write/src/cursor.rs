//! Where a page ended, sealed: it continues only the trail that it was given with.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use service::{
    cache::seal::{SealKey, Sealed},
    http::page,
    problem::Problem,
    tenant::TenantPath,
};
use uuid::Uuid;

/// Kept apart from what else is sealed with the same secret.
const NAME: &str = "cursor:audit-events";

/// The last event that was looked at for a page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Last {
    /// When it was recorded.
    pub created_at: String,
    /// Which of those recorded then.
    pub id: Uuid,
}

impl Last {
    /// From both with a space between.
    pub fn read(text: &str) -> Option<Self> {
        let (created_at, id) = text.split_once(' ')?;
        Some(Self {
            created_at: created_at.to_owned(),
            id: Uuid::try_parse(id).ok()?,
        })
    }
}

/// What the client is given of it.
pub fn seal(key: &SealKey, path: &TenantPath, last: &Last) -> String {
    let Last { created_at, id } = last;
    let sealed = Sealed {
        counter: 0,
        written_at: 0,
        content: format!("{created_at} {id}").into_bytes(),
    };
    BASE64_URL_SAFE_NO_PAD.encode(key.seal(NAME, &context(path), &sealed))
}

/// What is in a cursor, where it was sealed for this path.
pub fn open(key: &SealKey, path: &TenantPath, cursor: &str) -> Result<Last, Problem> {
    let content = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let content = key.open(NAME, &context(path), bytes)?.content;
        Last::read(std::str::from_utf8(&content).ok()?)
    };
    content().ok_or_else(page::foreign_cursor)
}

/// No slug has a colon.
fn context(path: &TenantPath) -> String {
    let acting_for = path.acting_for.as_ref().map_or("", |slug| slug.as_str());
    format!("{}:{}:{acting_for}", path.provider, path.organization)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(acting_for: Option<&str>) -> TenantPath {
        TenantPath {
            organization: Uuid::nil(),
            provider: "default".try_into().unwrap(),
            acting_for: acting_for.map(|slug| slug.try_into().unwrap()),
        }
    }

    #[test]
    fn a_cursor_continues_its_own_list() {
        let key = SealKey::new("a secret of at least 32 characters").unwrap();
        let last = Last {
            created_at: "2026-01-31T12:00:00.000000Z".to_owned(),
            id: Uuid::max(),
        };
        let sealed = seal(&key, &path(Some("acme")), &last);
        let opened = |path, cursor: &str| open(&key, &path, cursor).ok();
        assert_eq!(opened(path(Some("acme")), &sealed), Some(last));
        assert_eq!(opened(path(Some("globex")), &sealed), None);
        assert_eq!(opened(path(None), &sealed), None);
        let other = TenantPath {
            organization: Uuid::max(),
            ..path(Some("acme"))
        };
        assert_eq!(opened(other, &sealed), None);
        for cursor in ["", "%", "YWNtZQ", &sealed[1..], &sealed[..sealed.len() - 1]] {
            assert_eq!(opened(path(Some("acme")), cursor), None, "{cursor}");
        }
    }
}
