//! The requested page of resources.

use service::{
    http::page::{self, Limit},
    problem::Problem,
};

use super::Named;
use crate::api::resources::ResourcesQuery;

/// The separator between type and id in a cursor: neither has control characters.
const BETWEEN: char = '\n';

/// A page of a list.
#[derive(Debug, Eq, PartialEq)]
pub struct Selection {
    /// Only resources of this type.
    pub kind: Option<String>,
    /// Only resources after this one.
    pub after: Option<Named>,
    /// The maximum number of resources.
    pub limit: Limit,
}

impl Selection {
    /// Validates the list's query before any store is asked. Every stored type is a valid one, and PostgreSQL would
    /// refuse some others.
    pub fn new(query: ResourcesQuery) -> Result<Self, Problem> {
        let kind = query.kind;
        if let Some(kind) = &kind {
            vocabulary::resource_type(kind)
                .map_err(|unfit| Problem::invalid_query(format!("type: {unfit}")))?;
        }
        let after = query.cursor.as_deref().map(read).transpose()?;
        let after = match (kind.as_ref(), after) {
            (Some(kind), Some((of, _))) if *kind != of => return Err(page::foreign_cursor()),
            (_, after) => after,
        };
        Ok(Self {
            kind,
            after,
            limit: Limit::new(query.limit)?,
        })
    }
}

/// The cursor that continues a list after its last resource.
pub fn cursor_after(kind: &str, id: &str) -> String {
    let mut key = kind.to_owned();
    key.push(BETWEEN);
    key.push_str(id);
    page::cursor_after(&key)
}

fn read(cursor: &str) -> Result<Named, Problem> {
    let key = page::key_in(cursor)?;
    let (kind, id) = key.split_once(BETWEEN).ok_or_else(page::foreign_cursor)?;
    let fits = vocabulary::resource_type(kind).is_ok() && vocabulary::resource_id(id).is_ok();
    fits.then(|| (kind.to_owned(), id.to_owned()))
        .ok_or_else(page::foreign_cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(kind: Option<&str>, cursor: Option<String>) -> Result<Selection, Problem> {
        Selection::new(ResourcesQuery {
            kind: kind.map(str::to_owned),
            limit: None,
            cursor,
        })
    }

    #[test]
    fn a_cursor_continues_its_own_list() {
        let cursor = || Some(cursor_after("doc/ä", "a b\u{2028}/"));
        let after = Some(("doc/ä".to_owned(), "a b\u{2028}/".to_owned()));
        assert_eq!(select(None, cursor()).unwrap().after, after);
        assert_eq!(select(Some("doc/ä"), cursor()).unwrap().after, after);
        assert!(select(Some("doc"), cursor()).is_err());
        for other in [
            page::cursor_after("acme"),
            page::cursor_after("\nid"),
            page::cursor_after("doc\n"),
            page::cursor_after("doc\n\0"),
            "%".to_owned(),
        ] {
            assert!(select(None, Some(other)).is_err());
        }
    }

    #[test]
    fn a_type_that_cannot_be_stored_is_no_question() {
        assert!(select(Some("doc"), None).is_ok());
        for kind in ["", "\0", &"x".repeat(101)] {
            assert!(select(Some(kind), None).is_err(), "{kind:?}");
        }
    }
}
