//! The query of the list of users, validated before any store is read.

use service::{
    http::page::{self, Limit},
    problem::Problem,
};

use crate::api::users::{RemovalQuery, UsersQuery};

/// The most characters that a query has.
const LONGEST: usize = 200;

/// A checked [`UsersQuery`].
#[derive(Debug)]
pub struct Selection {
    /// What the users are called.
    pub query: Option<String>,
    /// The `external_id` after which the page starts.
    pub after: Option<String>,
    /// How many users it has.
    pub limit: Limit,
}

impl Selection {
    /// Checks the query.
    pub fn new(query: UsersQuery) -> Result<Self, Problem> {
        Ok(Self {
            query: query.query.map(part_of_name).transpose()?,
            after: query.cursor.as_deref().map(page::user_in).transpose()?,
            limit: Limit::new(query.limit)?,
        })
    }
}

/// Whether a removal reaches everywhere.
pub fn everywhere(query: &RemovalQuery) -> Result<bool, Problem> {
    match query.everywhere.as_deref() {
        None => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::invalid_query("everywhere: expected true")),
    }
}

fn part_of_name(sent: String) -> Result<String, Problem> {
    let fits = (1..=LONGEST).contains(&sent.chars().count()) && !sent.contains(char::is_control);
    if fits {
        Ok(sent)
    } else {
        Err(Problem::invalid_query(
            "query: expected 1 to 200 characters, no control characters",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_user_is_called_is_asked_for_as_it_is() {
        let read = |sent: &str| {
            let query = UsersQuery {
                query: Some(sent.to_owned()),
                ..UsersQuery::default()
            };
            Selection::new(query).map(|selection| selection.query)
        };
        let longest = "é".repeat(200);
        for fit in ["a", " ", "100%_\\", &longest] {
            assert_eq!(read(fit).unwrap().as_deref(), Some(fit));
        }
        for unfit in ["", "a\0", "\n", &"é".repeat(201)] {
            assert!(read(unfit).is_err(), "{unfit:?}");
        }
    }

    #[test]
    fn a_cursor_has_a_user() {
        let read = |cursor: &str| {
            let query = UsersQuery {
                cursor: Some(cursor.to_owned()),
                ..UsersQuery::default()
            };
            Selection::new(query).map(|selection| selection.after)
        };
        let given = page::cursor_after("A b");
        assert_eq!(read(&given).unwrap().as_deref(), Some("A b"));
        for foreign in [&page::cursor_after(""), &page::cursor_after("a\0"), "%"] {
            assert!(read(foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn everywhere_is_said_in_one_way() {
        let read = |sent: Option<&str>| {
            let everywhere = sent.map(str::to_owned);
            super::everywhere(&RemovalQuery { everywhere }).ok()
        };
        assert_eq!(read(None), Some(false));
        assert_eq!(read(Some("true")), Some(true));
        for other in ["", "false", "True", "1", "true "] {
            assert_eq!(read(Some(other)), None, "{other}");
        }
    }
}
