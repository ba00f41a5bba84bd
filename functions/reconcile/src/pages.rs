//! Lists that are read page by page.

use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::Context as _;

use crate::answer::{Answer, Kind};
use crate::client::Client;
use crate::failure::Failure;

/// How many rows are requested at a time.
const PAGE: usize = 100;

/// How often the same page may come again: it may while rows are created before it, but not forever.
const MOST_REPEATS: u32 = 100;

/// The most pages of a list: one whose pages differ forever ends here.
const MOST_PAGES: u32 = 100_000;

/// A list. Each page of it is requested after the page before it was processed.
pub struct Pages<'a> {
    client: &'a Client,
    kind: Kind,
    owners: &'static [Kind],
    /// Its path, with a query.
    path: String,
    first: usize,
    /// The time of the first page's state, once that page was read.
    pub at: u64,
    before: u64,
    repeats: u32,
    pages: u32,
}

impl<'a> Pages<'a> {
    /// The list at a path with a query. Its items are of a kind, and belong to objects of the kinds in `owners`.
    pub fn of(
        client: &'a Client,
        kind: Kind,
        owners: &'static [Kind],
        path: impl Into<String>,
    ) -> Self {
        Self {
            client,
            kind,
            owners,
            path: path.into(),
            first: 0,
            at: 0,
            before: 0,
            repeats: 0,
            pages: 0,
        }
    }

    /// The next page; `None` after the end, which is an empty page, since a short one may come in the middle. If an
    /// owner of the list does not exist, the answer that says so.
    pub async fn next(&mut self) -> anyhow::Result<Option<Answer>> {
        let Self { path, first, .. } = &self;
        let asked = format!("{path}&first={first}&max={PAGE}");
        let answer = self.client.get(&asked).await?;
        if *first == 0 {
            self.at = answer.at;
        }
        let received = answer.list_of(self.kind, self.owners);
        let received = received.with_context(|| format!("GET {asked}"))?;
        match received.map(|rows| rows.len()) {
            Some(0) => return Ok(None),
            Some(rows) => self.first += rows,
            None => return Ok(Some(answer)),
        }
        let mut hasher = DefaultHasher::new();
        answer.body.hash(&mut hasher);
        let page = hasher.finish();
        self.repeats = if page == self.before {
            self.repeats + 1
        } else {
            0
        };
        self.before = page;
        if self.repeats == MOST_REPEATS {
            return Err(Failure::Endless(MOST_REPEATS)).with_context(|| format!("GET {asked}"));
        }
        self.pages += 1;
        if self.pages == MOST_PAGES {
            return Err(Failure::TooLong(MOST_PAGES)).with_context(|| format!("GET {asked}"));
        }
        Ok(Some(answer))
    }
}
