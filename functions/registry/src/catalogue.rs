//! The catalogue of one organization, and the part of it that a reader requests.

use clock::Timestamp;
use serde::{Deserialize, Serialize};
use service::{
    http::page::{self, Limit, Page},
    problem::Problem,
};
use uuid::Uuid;
use vocabulary::{AppStatus, Slug};

use crate::{
    api::apps::ListQuery,
    lease::{Lease, Leases},
    shown::{self, RegisteredApp},
};

/// The apps that are enabled for an organization, by slug; the value of a discovery key.
///
/// Readers get an app's JSON as it is cached: parsing and writing every app would cost more than everything
/// else in a read.
#[derive(Debug, Deserialize, Serialize)]
pub struct Catalogue<'a> {
    format: u8,
    /// The organization to which the catalogue belongs.
    pub organization: Uuid,
    /// In the order of their slugs' bytes.
    #[serde(borrow)]
    apps: Vec<KeptApp<'a>>,
}

/// Another number for each form of [`Catalogue`], since another version of the Shell may have cached it.
const FORMAT: u8 = 2;

/// An app as JSON, in two halves with room for its lease between them, and the fields that filters use.
#[derive(Debug, Deserialize, Serialize)]
struct KeptApp<'a> {
    id: Uuid,
    slug: &'a str,
    category: &'a str,
    status: AppStatus,
    version: i64,
    /// Bytes, so that they are not checked again for being valid text.
    before_lease: &'a [u8],
    after_lease: &'a [u8],
}

/// An app as readers see it.
#[derive(Debug)]
pub struct Shown<'a> {
    /// The app's slug.
    pub slug: &'a str,
    /// The app's version.
    pub version: i64,
    /// Its lease, while it is valid.
    pub lease: Option<Lease>,
    /// The app's JSON.
    pub json: Vec<u8>,
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
    /// The cached form, which is cheap to read.
    pub fn keep(organization: Uuid, apps: &[RegisteredApp]) -> Result<Vec<u8>, Problem> {
        let halves = apps.iter().map(|app| app.json_around_lease());
        let halves = halves.collect::<Result<Vec<_>, _>>()?;
        let kept = apps
            .iter()
            .zip(&halves)
            .map(|(app, (before, after))| KeptApp {
                id: app.id,
                slug: &app.value.slug,
                category: &app.value.category,
                status: app.value.status,
                version: app.version,
                before_lease: before,
                after_lease: after,
            });
        let catalogue = Catalogue {
            format: FORMAT,
            organization,
            apps: kept.collect(),
        };
        postcard::to_allocvec(&catalogue)
            .map_err(|fault| Problem::internal(format!("a catalogue: {fault}")))
    }

    /// Parses the cached form; nothing if it cannot be parsed.
    pub fn read(kept: &'a [u8]) -> Option<Self> {
        postcard::from_bytes(kept)
            .ok()
            .filter(|catalogue: &Self| catalogue.format == FORMAT)
    }

    /// The requested page of the apps, as they are at a moment with these leases.
    pub fn select(
        &self,
        selection: &Selection,
        leases: &Leases,
        now: Timestamp,
    ) -> Page<Shown<'_>> {
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
        let shown = self.apps.iter().filter(asked_for);
        let shown = shown.map(|app| app.at(leases, now));
        page::cut(shown, *limit, |app| app.slug)
    }

    /// The app with a slug, as it is at a moment with these leases.
    pub fn find(&self, slug: &str, leases: &Leases, now: Timestamp) -> Option<Shown<'_>> {
        let found = self.apps.iter().find(|app| app.slug == slug);
        found.map(|app| app.at(leases, now))
    }
}

impl KeptApp<'_> {
    fn at(&self, leases: &Leases, now: Timestamp) -> Shown<'_> {
        let lease = leases.of(self.id, now);
        Shown {
            slug: self.slug,
            version: self.version,
            lease,
            json: shown::join(self.before_lease, lease, self.after_lease),
        }
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::AppStatus;

    use super::*;
    use crate::{api::apps::Health, shown::tests::registered};

    const NOW: Timestamp = Timestamp::from_unix(1_769_860_800, 0);

    fn listed(slug: &str, status: AppStatus, category: &str) -> RegisteredApp {
        let mut app = registered(slug);
        app.value.status = status;
        app.value.category = category.to_owned();
        app
    }

    fn catalogue() -> Vec<u8> {
        let apps = vec![
            listed("billing", AppStatus::Maintenance, "money"),
            listed("chat", AppStatus::Available, "talk"),
            listed("drive", AppStatus::Available, "files"),
        ];
        Catalogue::keep(Uuid::nil(), &apps).unwrap()
    }

    fn none() -> Leases {
        Leases::from_json("[]").unwrap()
    }

    fn check(query: ListQuery, slugs: &[&str], more: bool) {
        let kept = catalogue();
        let selection = Selection::new(query).unwrap();
        let kept = Catalogue::read(&kept).unwrap();
        let leases = none();
        let page = kept.select(&selection, &leases, NOW);
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

    /// If this test fails, change [`FORMAT`] first, then the expected bytes.
    #[test]
    fn the_form_is_the_one_that_others_read() {
        let apps = [listed("hrm", AppStatus::Available, "people")];
        let kept = Catalogue::keep(Uuid::nil(), &apps).unwrap();
        let before = br#"{"slug":"hrm","name":"Hrm","description":"","category":"people","api_url":"https://hrm.example/api","ui_url":"https://hrm.example","status":"available""#;
        let after = br#","metadata":{},"updated_at":"2026-01-31T12:00:00.000000Z"}"#;
        let mut expected = vec![FORMAT, 16];
        expected.extend([0; 16]);
        expected.extend([1, 16]);
        expected.extend([0; 16]);
        expected.extend(b"\x03hrm\x06people\x00\x02");
        let length = |half: &[u8]| u8::try_from(half.len()).unwrap();
        // More than 127 bytes: two digits of seven bits.
        expected.extend([length(before) & 0x7f | 0x80, length(before) >> 7]);
        expected.extend(before);
        expected.push(length(after));
        expected.extend(after);
        assert_eq!(kept, expected);
        let mut other = kept.clone();
        other[0] = FORMAT + 1;
        assert!(Catalogue::read(&kept).is_some());
        assert!(Catalogue::read(&other).is_none());
    }

    #[test]
    fn finds_by_slug() {
        let kept = catalogue();
        let kept = Catalogue::read(&kept).unwrap();
        assert!(kept.find("drive", &none(), NOW).is_some());
        assert!(kept.find("hrm", &none(), NOW).is_none());
    }

    #[test]
    fn shows_a_lease_until_it_ends() {
        let check = |end: u64, expected: Health| {
            let kept = catalogue();
            let kept = Catalogue::read(&kept).unwrap();
            let leases = format!(r#"[["{}","healthy",{end}]]"#, Uuid::nil());
            let leases = Leases::from_json(&leases).unwrap();
            let found = kept.find("chat", &leases, NOW).unwrap();
            let app: crate::api::apps::App = serde_json::from_slice(&found.json).unwrap();
            assert_eq!(app.health, expected);
            assert_eq!(app.lease_expires_at.is_some(), expected == Health::Healthy);
            assert_eq!(found.lease.is_some(), expected == Health::Healthy);
        };
        check(1_769_860_800_000_001, Health::Healthy);
        check(1_769_860_800_000_000, Health::Unknown);
    }
}
