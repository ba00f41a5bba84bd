//! Keyset paging: lists are `{"items": […], "next_cursor": …|null}`.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use utoipa::ToSchema;
use vocabulary::Slug;

use crate::problem::Problem;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The page's items, in the list's order.
    pub items: Vec<T>,
    /// The value of `cursor` for the next page; null on the last page.
    pub next_cursor: Option<String>,
}

/// The maximum number of items of a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit(usize);

impl Limit {
    /// The number of items to request from a store: one more than the page has shows whether more follow.
    pub fn and_one_more(self) -> usize {
        self.0 + 1
    }

    /// How many.
    pub fn count(self) -> usize {
        self.0
    }

    /// From the query's `limit`: 1 to 1,000, by default 100.
    pub fn new(limit: Option<u32>) -> Result<Self, Problem> {
        match limit {
            None => Ok(Self(100)),
            Some(limit @ 1..=1_000) => Ok(Self(limit as usize)),
            Some(_) => Err(Problem::invalid_query("limit: expected 1 to 1000")),
        }
    }
}

/// The key after which a page starts, as an opaque text.
pub fn cursor_after(key: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(key)
}

/// The problem for a cursor that is not one of this list.
pub fn foreign_cursor() -> Problem {
    Problem::invalid_query("cursor: expected a next_cursor of this list")
}

/// The key in a cursor.
pub fn key_in(cursor: &str) -> Result<String, Problem> {
    BASE64_URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(foreign_cursor)
}

/// The slug in a cursor of a list in the order of slugs.
pub fn slug_in(cursor: &str) -> Result<Slug, Problem> {
    Slug::try_from(key_in(cursor)?).map_err(|_| foreign_cursor())
}

/// The `external_id` in a cursor of a list in the order of users.
pub fn user_in(cursor: &str) -> Result<String, Problem> {
    let user = key_in(cursor)?;
    match vocabulary::external_id(&user) {
        Ok(_) => Ok(user),
        Err(_) => Err(foreign_cursor()),
    }
}

/// A page of items that are JSON already, as JSON.
pub fn of_texts<'a>(
    items: impl Iterator<Item = &'a [u8]> + Clone,
    next_cursor: Option<&str>,
) -> Vec<u8> {
    let length: usize = items.clone().map(|item| item.len() + 1).sum();
    let around = next_cursor.map_or(0, str::len) + 40;
    let mut page = Vec::with_capacity(length + around);
    page.extend_from_slice(START);
    page.push(b'[');
    for (place, item) in items.enumerate() {
        if place > 0 {
            page.push(b',');
        }
        page.extend_from_slice(item);
    }
    page.push(b']');
    end(page, next_cursor)
}

/// The same of a JSON array of them.
pub fn of_array(items: &str, next_cursor: Option<&str>) -> Vec<u8> {
    end([START, items.as_bytes()].concat(), next_cursor)
}

const START: &[u8] = br#"{"items":"#;

fn end(mut page: Vec<u8>, next_cursor: Option<&str>) -> Vec<u8> {
    page.extend_from_slice(br#","next_cursor":"#);
    match next_cursor {
        // A cursor is base64: nothing in it needs escaping.
        Some(cursor) => {
            page.push(b'"');
            page.extend_from_slice(cursor.as_bytes());
            page.push(b'"');
        }
        None => page.extend_from_slice(b"null"),
    }
    page.push(b'}');
    page
}

/// Cuts a page out of `sorted`, which is in the order of `key` and holds what comes after the
/// cursor, all of it or at least one item more than the page.
pub fn cut<T>(sorted: impl Iterator<Item = T>, limit: Limit, key: impl Fn(&T) -> &str) -> Page<T> {
    let mut items: Vec<T> = sorted.take(limit.and_one_more()).collect();
    let more = items.len() > limit.0;
    items.truncate(limit.0);
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|last| cursor_after(key(last)));
    Page { items, next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(keys: &[&str], limit: u32) -> Vec<usize> {
        let mut sizes = Vec::new();
        let mut after = String::new();
        loop {
            let rest = keys.iter().copied().filter(|key| **key > *after);
            let page = cut(rest, Limit::new(Some(limit)).unwrap(), |key| key);
            sizes.push(page.items.len());
            match page.next_cursor {
                Some(cursor) => after = key_in(&cursor).unwrap(),
                None => return sizes,
            }
        }
    }

    #[test]
    fn a_walk_is_complete() {
        assert_eq!(walk(&[], 2), [0]);
        assert_eq!(walk(&["a", "b"], 2), [2]);
        assert_eq!(walk(&["a", "b", "c"], 2), [2, 1]);
        assert_eq!(walk(&["a", "b", "c", "d"], 1), [1, 1, 1, 1]);
    }

    #[test]
    fn texts_make_the_page_that_values_make() {
        let check = |items: Vec<u32>, next_cursor: Option<String>| {
            let texts: Vec<_> = items.iter().map(u32::to_string).collect();
            let json = of_texts(texts.iter().map(String::as_bytes), next_cursor.as_deref());
            let page = Page { items, next_cursor };
            assert_eq!(json, serde_json::to_vec(&page).unwrap());
        };
        check(vec![], None);
        check(vec![1], None);
        check(vec![1, 2], Some(cursor_after("2")));
    }

    #[test]
    fn limits_and_cursors_from_outside() {
        assert!(Limit::new(Some(0)).is_err());
        assert!(Limit::new(Some(1_000)).is_ok());
        assert!(Limit::new(Some(1_001)).is_err());
        assert!(key_in("%%").is_err());
        assert!(key_in("_w").is_err());
    }
}
