//! The cursor of a page, sealed: it continues only the trail that it was issued for.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use service::{
    cache::seal::{SealKey, Sealed},
    http::page,
    problem::Problem,
    tenant::TenantPath,
};
use uuid::Uuid;

use crate::api::reading::Order;

/// A name for cursors only, since other values are sealed with the same secret.
const NAME: &str = "cursor:audit-events";

/// The last event that was examined for a page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Last {
    /// The position of its transaction, only if the trail is read forwards.
    pub position: Option<i64>,
    /// When it was recorded.
    pub created_at: String,
    /// The id, which orders events that were recorded at the same time.
    pub id: Uuid,
}

impl Last {
    /// The start of reading forwards, before any event was reached.
    pub fn before_all() -> Self {
        Self {
            position: Some(0),
            created_at: "0001-01-01T00:00:00.000000Z".to_owned(),
            id: Uuid::nil(),
        }
    }

    /// Parses the parts, which are separated by spaces.
    pub fn read(text: &str) -> Option<Self> {
        let (position, rest) = match text.split(' ').count() {
            3 => text
                .split_once(' ')
                .map(|(position, rest)| (Some(position), rest))?,
            _ => (None, text),
        };
        let (created_at, id) = rest.split_once(' ')?;
        Some(Self {
            position: position.map(str::parse).transpose().ok()?,
            created_at: created_at.to_owned(),
            id: Uuid::try_parse(id).ok()?,
        })
    }
}

impl fmt::Display for Last {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "{position} ")?;
        }
        write!(f, "{} {}", self.created_at, self.id)
    }
}

/// The cursor for the client.
pub fn seal(key: &SealKey, path: &TenantPath, last: &Last) -> String {
    let sealed = Sealed {
        counter: 0,
        written_at: 0,
        content: last.to_string().into_bytes(),
    };
    BASE64_URL_SAFE_NO_PAD.encode(key.seal(NAME, &context(path), &sealed))
}

/// The content of a cursor, if it was sealed for this path and for reading in this order.
pub fn open(key: &SealKey, path: &TenantPath, order: Order, cursor: &str) -> Result<Last, Problem> {
    let content = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let content = key.open(NAME, &context(path), bytes)?.content;
        Last::read(std::str::from_utf8(&content).ok()?)
            .filter(|last| last.position.is_some() == (order == Order::Asc))
    };
    content().ok_or_else(page::foreign_cursor)
}

/// The context is unambiguous, since no slug contains a colon.
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
            position: None,
            created_at: "2026-01-31T12:00:00.000000Z".to_owned(),
            id: Uuid::max(),
        };
        let sealed = seal(&key, &path(Some("acme")), &last);
        let opened = |path, cursor: &str| open(&key, &path, Order::Desc, cursor).ok();
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

    #[test]
    fn a_cursor_continues_in_its_own_order() {
        let key = SealKey::new("a secret of at least 32 characters").unwrap();
        let backwards = Last {
            position: None,
            ..Last::before_all()
        };
        let far = Last {
            position: Some(i64::MAX),
            ..Last::before_all()
        };
        for (last, own, other) in [
            (Last::before_all(), Order::Asc, Order::Desc),
            (far, Order::Asc, Order::Desc),
            (backwards, Order::Desc, Order::Asc),
        ] {
            let sealed = seal(&key, &path(None), &last);
            assert!(open(&key, &path(None), other, &sealed).is_err());
            assert_eq!(open(&key, &path(None), own, &sealed).ok(), Some(last));
        }
    }

    #[test]
    fn what_is_no_place() {
        for text in [
            "",
            "1",
            "x 2026-01-31T12:00:00.000000Z 00000000-0000-0000-0000-000000000000",
            "1 2 2026-01-31T12:00:00.000000Z 00000000-0000-0000-0000-000000000000",
            "2026-01-31T12:00:00.000000Z 1",
        ] {
            assert_eq!(Last::read(text), None, "{text:?}");
        }
    }
}
