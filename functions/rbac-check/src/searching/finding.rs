//! A page of results.

use decisions::Decision;
use serde::Serialize;
use service::{http::response::to_json, problem::Problem};

use super::{
    known::{Known, Named},
    paging::MOST,
    request::Asked,
    token::Place,
};
use crate::evaluating::entities::Sought;

/// The maximum number of candidates that a page examines: each costs time, whether it is a result or not.
pub const MOST_EXAMINED: usize = 2_000;

/// The results that were found.
#[derive(Debug, Default)]
pub struct Found<'k> {
    names: Vec<&'k str>,
    /// Where the next page begins; nothing at the end.
    pub next: Option<Place>,
    /// Why something could not be decided, and so is not a result, for the log.
    pub failure: Option<String>,
}

/// Decides about one candidate after the other, until the page is full, the time is up, or there are no more. At
/// least one is always decided, so that every page makes progress.
pub fn find<'k, One: Named>(
    known: &'k Known<One>,
    start: &Place,
    has_time: impl Fn() -> bool,
    mut decide: impl FnMut(&'k One) -> Decision,
) -> Found<'k> {
    let limit = start.limit.unwrap_or(MOST);
    let mut found = Found::default();
    let mut after = start.after.as_deref();
    for (examined, one) in known.items.iter().enumerate() {
        if found.names.len() == limit || (examined > 0 && !has_time()) {
            found.next = Some(start.going_on(after));
            return found;
        }
        after = Some(one.place());
        let decision = decide(one);
        if decision.allowed {
            found.names.push(one.name());
        }
        found.failure = found.failure.or(decision.failure);
    }
    found.next = known.rest.as_deref().map(|rest| start.going_on(Some(rest)));
    found
}

#[derive(Serialize)]
struct Answer<'a> {
    page: Page<'a>,
    results: Vec<Entity<'a>>,
}

#[derive(Serialize)]
struct Page<'a> {
    next_token: &'a str,
    count: usize,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Entity<'a> {
    Of {
        #[serde(rename = "type")]
        kind: &'a str,
        id: &'a str,
    },
    Action {
        name: &'a str,
    },
}

impl Found<'_> {
    /// The body. `next_token` is empty at the end.
    pub fn body(&self, asked: &Asked<'_>, next_token: &str) -> Result<Vec<u8>, Problem> {
        let entity = |name| match asked.sought {
            Sought::Subjects => Entity::Of {
                kind: &asked.subject.kind,
                id: name,
            },
            Sought::Resources => Entity::Of {
                kind: &asked.resource.kind,
                id: name,
            },
            Sought::Actions => Entity::Action { name },
        };
        to_json(&Answer {
            page: Page {
                next_token,
                count: self.names.len(),
            },
            results: self.names.iter().copied().map(entity).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn known(items: &[&str], rest: Option<&str>) -> Known<String> {
        Known {
            items: items.iter().map(|&one| one.to_owned()).collect(),
            rest: rest.map(str::to_owned),
        }
    }

    /// The results after `a`, with time for this number of decisions, and where the next page begins.
    fn check(
        items: &[&str],
        rest: Option<&str>,
        limit: Option<usize>,
        time: usize,
        expected: (&[&str], Option<&str>),
    ) {
        let start = Place {
            after: Some("a".to_owned()),
            limit,
        };
        let known = known(items, rest);
        let left = Cell::new(time);
        let has_time = || left.replace(left.get().saturating_sub(1)) > 1;
        // Allows names in lower case.
        let decide = |one: &String| Decision {
            allowed: one.chars().all(char::is_lowercase),
            failure: None,
        };
        let found = find(&known, &start, has_time, decide);
        let next = found
            .next
            .as_ref()
            .map(|next| next.after.as_deref().unwrap());
        assert_eq!(
            (&found.names[..], next),
            expected,
            "{items:?} {limit:?} {time}"
        );
        let limit_goes_on = found.next.is_none_or(|next| next.limit == limit);
        assert!(limit_goes_on);
    }

    #[test]
    fn a_page_ends_where_it_must_and_says_where_to_go_on() {
        let all = &["b", "C", "d", "E", "f"];
        check(all, None, None, 9, (&["b", "d", "f"], None));
        check(all, Some("f"), None, 9, (&["b", "d", "f"], Some("f")));
        check(all, None, Some(2), 9, (&["b", "d"], Some("d")));
        check(all, Some("f"), Some(2), 9, (&["b", "d"], Some("d")));
        check(all, None, Some(3), 9, (&["b", "d", "f"], None));
        check(all, None, Some(0), 9, (&[], Some("a")));
        check(all, None, None, 2, (&["b"], Some("C")));
        check(all, None, None, 0, (&["b"], Some("b")));
        check(&["B", "C"], Some("C"), None, 9, (&[], Some("C")));
        check(&["B", "c"], None, None, 0, (&[], Some("B")));
        check(&["B", "C"], None, None, 9, (&[], None));
        check(&[], None, None, 9, (&[], None));
    }
}
