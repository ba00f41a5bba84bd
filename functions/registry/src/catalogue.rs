//! What one organization finds, and what of it a reader asked for.

use std::borrow::Cow;

use clock::Timestamp;
use serde::{Deserialize, Serialize};
use service::{
    page::{self, Limit, Page},
    problem::Problem,
};
use uuid::Uuid;
use vocabulary::{AppStatus, Slug};

use crate::{
    api::apps::{App, Health, ListQuery},
    lease,
    versioned::Versioned,
};

/// The apps that are enabled for an organization, by slug; the value of a discovery key.
///
/// Most readers are shown an app's text as it stands there: taking every app apart and putting it
/// together again would cost more than all else that a reader costs.
#[derive(Debug, Deserialize, Serialize)]
pub struct Catalogue<'a> {
    format: u8,
    /// Whose it is.
    pub organization: Uuid,
    /// In the order of their slugs' bytes.
    #[serde(borrow)]
    apps: Vec<KeptApp<'a>>,
}

/// Another one for every other shape of [`Catalogue`]: another version of the Shell may have kept it.
const FORMAT: u8 = 1;

/// An app as JSON, and what of it decides who is shown it, and how.
#[derive(Debug, Deserialize, Serialize)]
struct KeptApp<'a> {
    slug: &'a str,
    category: &'a str,
    status: AppStatus,
    health: Health,
    lease_expires_at: Option<&'a str>,
    version: i64,
    /// Bytes, so that nobody checks again that they are text.
    json: &'a [u8],
}

/// An app as a reader is shown it.
#[derive(Debug)]
pub struct Shown<'a> {
    /// Names it.
    pub slug: &'a str,
    /// Counts its changes.
    pub version: i64,
    /// What its lease says.
    pub health: Health,
    /// What is read.
    pub json: Cow<'a, [u8]>,
}

/// A checked [`ListQuery`].
#[derive(Debug)]
pub struct Selection {
    query: ListQuery,
    limit: Limit,
    after: Option<Slug>,
}

impl Selection {
    /// Checks the query before any store is asked.
    pub fn new(query: ListQuery) -> Result<Self, Problem> {
        let limit = Limit::new(query.limit)?;
        let after = query.cursor.as_deref().map(page::slug_in).transpose()?;
        Ok(Self {
            query,
            limit,
            after,
        })
    }
}

impl<'a> Catalogue<'a> {
    /// The form in which it is kept, which costs little to read.
    pub fn keep(organization: Uuid, apps: &[Versioned<App>]) -> Result<Vec<u8>, Problem> {
        let texts = apps.iter().map(|app| serde_json::to_vec(&app.value));
        let texts = texts.collect::<Result<Vec<_>, _>>().map_err(unkeepable)?;
        let kept = apps.iter().zip(&texts).map(|(app, json)| KeptApp {
            slug: &app.value.slug,
            category: &app.value.category,
            status: app.value.status,
            health: app.value.health,
            lease_expires_at: app.value.lease_expires_at.as_deref(),
            version: app.version,
            json,
        });
        let catalogue = Catalogue {
            format: FORMAT,
            organization,
            apps: kept.collect(),
        };
        postcard::to_allocvec(&catalogue).map_err(unkeepable)
    }

    /// Reads what is kept; nothing where it cannot be read.
    pub fn read(kept: &'a [u8]) -> Option<Self> {
        postcard::from_bytes(kept)
            .ok()
            .filter(|catalogue: &Self| catalogue.format == FORMAT)
    }

    /// The page of the apps that were asked for, as they are at a moment.
    pub fn select(
        &self,
        selection: &Selection,
        now: Timestamp,
    ) -> Result<Page<Shown<'_>>, Problem> {
        let Selection {
            query,
            limit,
            after,
        } = selection;
        let asked_for = |app: &&KeptApp<'_>| {
            after
                .as_ref()
                .is_none_or(|after| *app.slug > *after.as_str())
                && query.status.is_none_or(|status| app.status == status)
                && query
                    .category
                    .as_ref()
                    .is_none_or(|category| app.category == *category)
        };
        let shown = self.apps.iter().filter(asked_for).map(|app| app.at(now));
        let shown = shown.collect::<Result<Vec<_>, _>>()?;
        Ok(page::cut(shown.into_iter(), *limit, |app| app.slug))
    }

    /// The app of a slug, as it is at a moment.
    pub fn find(&self, slug: &str, now: Timestamp) -> Result<Option<Shown<'_>>, Problem> {
        let found = self.apps.iter().find(|app| app.slug == slug);
        found.map(|app| app.at(now)).transpose()
    }
}

impl KeptApp<'_> {
    fn at(&self, now: Timestamp) -> Result<Shown<'_>, Problem> {
        let mut shown = Shown {
            slug: self.slug,
            version: self.version,
            health: self.health,
            json: Cow::Borrowed(self.json),
        };
        if self.health != Health::Unknown && lease::has_ended(self.lease_expires_at, now) {
            let app = serde_json::from_slice(self.json).map_err(unkeepable)?;
            let json = serde_json::to_vec(&lease::ended(app)).map_err(unkeepable)?;
            shown.health = Health::Unknown;
            shown.json = Cow::Owned(json);
        }
        Ok(shown)
    }
}

fn unkeepable(fault: impl std::fmt::Display) -> Problem {
    Problem::internal(format!("a catalogue: {fault}"))
}

#[cfg(test)]
mod tests {
    use vocabulary::AppStatus;

    use super::*;
    use crate::api::apps::tests::app;

    const NOW: Timestamp = Timestamp::from_unix(1_769_860_800, 0);

    fn listed(slug: &str, status: AppStatus, category: &str) -> Versioned<App> {
        let value = App {
            status,
            category: category.to_owned(),
            ..app(slug)
        };
        Versioned { version: 1, value }
    }

    fn catalogue() -> Vec<u8> {
        let apps = vec![
            listed("billing", AppStatus::Maintenance, "money"),
            listed("chat", AppStatus::Available, "talk"),
            listed("drive", AppStatus::Available, "files"),
        ];
        Catalogue::keep(Uuid::nil(), &apps).unwrap()
    }

    fn check(query: ListQuery, slugs: &[&str], more: bool) {
        let kept = catalogue();
        let selection = Selection::new(query).unwrap();
        let kept = Catalogue::read(&kept).unwrap();
        let page = kept.select(&selection, NOW).unwrap();
        let found: Vec<_> = page.items.iter().map(|app| app.slug).collect();
        assert_eq!(found, slugs);
        assert_eq!(page.next_cursor.is_some(), more);
    }

    #[test]
    fn filters_and_pages() {
        check(ListQuery::default(), &["billing", "chat", "drive"], false);
        let available = || ListQuery {
            status: Some(AppStatus::Available),
            ..ListQuery::default()
        };
        check(available(), &["chat", "drive"], false);
        check(
            ListQuery {
                limit: Some(1),
                ..available()
            },
            &["chat"],
            true,
        );
        let cursor = Some(page::cursor_after("chat"));
        check(
            ListQuery {
                cursor,
                ..available()
            },
            &["drive"],
            false,
        );
        let category = Some("files".to_owned());
        check(
            ListQuery {
                category,
                ..ListQuery::default()
            },
            &["drive"],
            false,
        );
    }

    #[test]
    fn a_cursor_of_something_else_is_refused() {
        let cursor = Some(page::cursor_after("Not a slug"));
        assert!(
            Selection::new(ListQuery {
                cursor,
                ..ListQuery::default()
            })
            .is_err()
        );
    }

    /// What fails here needs another [`FORMAT`], then other bytes.
    #[test]
    fn the_form_is_the_one_that_others_read() {
        let kept = Catalogue::keep(
            Uuid::nil(),
            &[listed("hrm", AppStatus::Available, "people")],
        );
        let kept = kept.unwrap();
        let mut expected = vec![FORMAT, 16];
        expected.extend([0; 16]);
        expected.extend(b"\x01\x03hrm\x06people\x00\x00\x00\x02");
        assert_eq!(kept.split_at(expected.len()).0, expected);
        let mut other = kept.clone();
        other[0] = FORMAT + 1;
        assert!(Catalogue::read(&kept).is_some());
        assert!(Catalogue::read(&other).is_none());
    }

    #[test]
    fn finds_by_slug() {
        let kept = catalogue();
        let kept = Catalogue::read(&kept).unwrap();
        assert!(kept.find("drive", NOW).unwrap().is_some());
        assert!(kept.find("hrm", NOW).unwrap().is_none());
    }

    #[test]
    fn shows_what_is_kept_until_the_lease_ends() {
        let check = |end: &str, expected: Health| {
            let mut app = listed("chat", AppStatus::Available, "talk");
            app.value.health = Health::Healthy;
            app.value.lease_expires_at = Some(end.to_owned());
            let kept = Catalogue::keep(Uuid::nil(), &[app]).unwrap();
            let kept = Catalogue::read(&kept).unwrap();
            let found = kept.find("chat", NOW).unwrap().unwrap();
            let app: App = serde_json::from_slice(&found.json).unwrap();
            assert_eq!((app.health, found.health), (expected, expected));
            assert_eq!(app.lease_expires_at.is_some(), expected == Health::Healthy);
        };
        check("2026-01-31T12:00:00.000001Z", Health::Healthy);
        check("2026-01-31T12:00:00.000000Z", Health::Unknown);
    }
}
