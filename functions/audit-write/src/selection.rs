//! The filters of a request for events, validated.

use service::{http::page::Limit, problem::Problem};

use crate::{
    api::{
        events::Outcome,
        reading::{EventsQuery, Order},
    },
    words,
};

/// A checked [`EventsQuery`], except for its cursor.
#[derive(Debug)]
pub struct Selection {
    /// Only events that were recorded at this time or later.
    pub from: Option<String>,
    /// Only events that were recorded before this time.
    pub to: Option<String>,
    /// The actor's id.
    pub actor: Option<String>,
    /// The actions.
    pub action: Option<Action>,
    /// The id of one of the targets.
    pub target: Option<String>,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// The id of the request in which it happened.
    pub request_id: Option<String>,
    /// The order of the events.
    pub order: Order,
    /// The maximum number of events on a page.
    pub limit: Limit,
}

/// The requested actions.
#[derive(Debug, Eq, PartialEq)]
pub enum Action {
    /// This action.
    Is(String),
    /// All actions with this prefix.
    StartsWith(String),
}

impl Selection {
    /// Checks the query before any store is asked.
    pub fn new(query: EventsQuery) -> Result<(Self, Option<String>), Problem> {
        let selection = Self {
            from: moment("from", query.from)?,
            to: moment("to", query.to)?,
            actor: id("actor", query.actor)?,
            action: query.action.map(action).transpose()?,
            target: id("target", query.target)?,
            outcome: query.outcome,
            request_id: request_id(query.request_id)?,
            order: query.order.unwrap_or_default(),
            limit: Limit::new(query.limit)?,
        };
        Ok((selection, query.cursor))
    }
}

fn moment(name: &str, sent: Option<String>) -> Result<Option<String>, Problem> {
    let expected = || {
        Problem::invalid_query(format!(
            "{name}: expected a time as RFC 3339 has it (a + in it is sent as %2B)"
        ))
    };
    sent.map(|sent| clock::utc(&sent).ok_or_else(expected))
        .transpose()
}

fn id(name: &str, sent: Option<String>) -> Result<Option<String>, Problem> {
    let expected = format!("{name}: expected 1 to 255 characters, no control characters");
    fitting(sent, words::is_id, expected)
}

fn request_id(sent: Option<String>) -> Result<Option<String>, Problem> {
    let expected = "request_id: expected 1 to 128 printable ASCII characters";
    fitting(sent, words::is_request_id, expected)
}

fn fitting(
    sent: Option<String>,
    fits: impl Fn(&str) -> bool,
    expected: impl Into<String>,
) -> Result<Option<String>, Problem> {
    match sent {
        Some(sent) if !fits(&sent) => Err(Problem::invalid_query(expected)),
        sent => Ok(sent),
    }
}

fn action(sent: String) -> Result<Action, Problem> {
    let action = match sent.strip_suffix('*') {
        Some(start) if start.is_empty() || words::is_action(start) => {
            Action::StartsWith(start.to_owned())
        }
        None if words::is_action(&sent) => Action::Is(sent),
        _ => {
            return Err(Problem::invalid_query(
                "action: expected an action, or the start of one and *",
            ));
        }
    };
    Ok(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions() {
        let read = |sent: &str| action(sent.to_owned()).ok();
        assert_eq!(read("file.read"), Some(Action::Is("file.read".to_owned())));
        assert_eq!(read("file.*"), Some(Action::StartsWith("file.".to_owned())));
        assert_eq!(read("*"), Some(Action::StartsWith(String::new())));
        for sent in ["", "a*b", "**", "a b", "a%"] {
            assert_eq!(read(sent), None, "{sent}");
        }
    }

    #[test]
    fn times_are_in_utc() {
        let query = EventsQuery {
            from: Some("2026-01-31T14:00:00+02:00".to_owned()),
            ..EventsQuery::default()
        };
        let (selection, _) = Selection::new(query).unwrap();
        assert_eq!(selection.from.unwrap(), "2026-01-31T12:00:00.000000Z");
    }

    #[test]
    fn what_cannot_be_asked_for() {
        let check = |change: fn(&mut EventsQuery, String), sent: &str| {
            let mut query = EventsQuery::default();
            change(&mut query, sent.to_owned());
            assert!(Selection::new(query).is_err(), "{sent:?}");
        };
        check(|query, sent| query.from = Some(sent), "2026-01-31");
        check(|query, sent| query.to = Some(sent), "");
        check(|query, sent| query.actor = Some(sent), "");
        check(|query, sent| query.target = Some(sent), "a\0");
        check(|query, sent| query.request_id = Some(sent), "é");
    }
}
