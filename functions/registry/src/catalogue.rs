//! What one organization finds, and what of it a reader asked for.

use serde::{Deserialize, Serialize};
use service::{
    page::{self, Limit, Page},
    problem::Problem,
};
use uuid::Uuid;
use vocabulary::Slug;

use crate::{
    api::apps::{App, ListQuery},
    lease,
    versioned::Versioned,
};

/// The apps that are enabled for an organization, by slug; the value of a discovery key.
#[derive(Debug, Deserialize, Serialize)]
pub struct Catalogue {
    /// Whose it is.
    pub organization: Uuid,
    /// In the order of their slugs' bytes.
    pub apps: Vec<Versioned<App>>,
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

impl Catalogue {
    /// The page of the apps that were asked for, as they are at a moment; see [`lease::at`].
    pub fn select(self, selection: &Selection, now: &str) -> Page<App> {
        let Selection {
            query,
            limit,
            after,
        } = selection;
        let apps = self.apps.into_iter().map(|app| app.value);
        let selected = apps.filter(|app| {
            after
                .as_ref()
                .is_none_or(|after| *app.slug > *after.as_str())
                && query.status.is_none_or(|status| app.status == status)
                && query
                    .category
                    .as_ref()
                    .is_none_or(|category| app.category == *category)
        });
        let current = selected.map(|app| lease::at(app, now));
        page::cut(current, *limit, |app| &app.slug)
    }

    /// The app of a slug, as it is at a moment.
    pub fn find(self, slug: &str, now: &str) -> Option<Versioned<App>> {
        let mut apps = self.apps.into_iter();
        let Versioned { version, value } = apps.find(|app| app.value.slug == slug)?;
        let value = lease::at(value, now);
        Some(Versioned { version, value })
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::AppStatus;

    use super::*;
    use crate::api::apps::tests::app;

    const NOW: &str = "2026-01-31T12:00:00.000000Z";

    fn listed(slug: &str, status: AppStatus, category: &str) -> Versioned<App> {
        let value = App {
            status,
            category: category.to_owned(),
            ..app(slug)
        };
        Versioned { version: 1, value }
    }

    fn catalogue() -> Catalogue {
        let apps = vec![
            listed("billing", AppStatus::Maintenance, "money"),
            listed("chat", AppStatus::Available, "talk"),
            listed("drive", AppStatus::Available, "files"),
        ];
        Catalogue {
            organization: Uuid::nil(),
            apps,
        }
    }

    fn check(query: ListQuery, slugs: &[&str], more: bool) {
        let page = catalogue().select(&Selection::new(query).unwrap(), NOW);
        let found: Vec<_> = page.items.iter().map(|app| app.slug.as_str()).collect();
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

    #[test]
    fn finds_by_slug() {
        assert!(catalogue().find("drive", NOW).is_some());
        assert!(catalogue().find("hrm", NOW).is_none());
    }
}
