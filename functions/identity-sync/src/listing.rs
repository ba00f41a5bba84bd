//! The requested page of the inbox.

use service::{
    http::page::{self, Limit},
    problem::Problem,
};
use uuid::Uuid;

use crate::api::events::WebhookEventsQuery;

/// A page of the inbox.
#[derive(Debug, Eq, PartialEq)]
pub struct Selection {
    /// Only events with this status, by its name in the database.
    pub status: Option<&'static str>,
    /// Only events that came before this one.
    pub before: Option<Uuid>,
    /// The maximum number of events.
    pub limit: Limit,
}

impl Selection {
    /// Validates the list's query before any store is asked.
    pub fn new(query: WebhookEventsQuery) -> Result<Self, Problem> {
        let cursor = query.cursor.as_deref().map(page::key_in).transpose()?;
        let before = cursor.map(|key| vocabulary::id(&key).ok_or_else(page::foreign_cursor));
        Ok(Self {
            status: query.status.map(Into::into),
            before: before.transpose()?,
            limit: Limit::new(query.limit)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use inbox::EventStatus;

    use super::*;

    #[test]
    fn a_cursor_continues_its_own_list() {
        let select = |key: &str| {
            Selection::new(WebhookEventsQuery {
                status: Some(EventStatus::Failed),
                limit: Some(7),
                cursor: Some(page::cursor_after(key)),
            })
        };
        let id = "01970000-0000-7000-8000-000000000001";
        let selection = select(id).unwrap();
        assert_eq!(selection.before, vocabulary::id(id));
        assert_eq!(selection.status, Some("failed"));
        assert_eq!(selection.limit.count(), 7);
        for other in ["", "acme", "a\nb"] {
            assert!(select(other).is_err(), "{other:?}");
        }
    }
}
