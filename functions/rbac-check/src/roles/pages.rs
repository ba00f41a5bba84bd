//! The requested page of a list, validated before any store is asked.

use service::{
    http::page::{self, Limit},
    problem::Problem,
};
use vocabulary::Slug;

use crate::api::roles::PageQuery;

/// Of a list in the order of slugs.
pub fn of_slugs(query: &PageQuery) -> Result<(Limit, Option<Slug>), Problem> {
    let limit = Limit::new(query.limit)?;
    let after = query.cursor.as_deref().map(page::slug_in).transpose()?;
    Ok((limit, after))
}

/// Of a list in the order of users' `external_id`s.
pub fn of_users(query: &PageQuery) -> Result<(Limit, Option<String>), Problem> {
    let limit = Limit::new(query.limit)?;
    let after = query.cursor.as_deref().map(page::user_in).transpose()?;
    Ok((limit, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(key: Option<&str>) -> PageQuery {
        PageQuery {
            limit: Some(7),
            cursor: key.map(page::cursor_after),
        }
    }

    #[test]
    fn a_cursor_has_a_key_of_its_list() {
        assert_eq!(of_slugs(&query(None)).unwrap().1, None);
        let (limit, after) = of_slugs(&query(Some("editor"))).unwrap();
        assert_eq!((limit.count(), after.unwrap().as_str()), (7, "editor"));
        assert!(of_slugs(&query(Some("A b"))).is_err());
        let (_, after) = of_users(&query(Some("A b"))).unwrap();
        assert_eq!(after.as_deref(), Some("A b"));
        assert!(of_users(&query(Some("a\0"))).is_err());
        assert!(of_users(&query(Some(""))).is_err());
    }
}
