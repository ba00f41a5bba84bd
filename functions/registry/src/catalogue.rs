//! What one organization finds, and what of it a reader asked for.

use serde::{Deserialize, Serialize};
use service::{
    page::{self, Limit, Page},
    problem::Problem,
};
use uuid::Uuid;
use vocabulary::Slug;

use crate::api::{App, ListQuery};

/// The apps that are enabled for an organization, by slug; the value of a discovery key.
#[derive(Debug, Deserialize, Serialize)]
pub struct Catalogue {
    /// Whose it is.
    pub organization: Uuid,
    /// In the order of their slugs' bytes.
    pub apps: Vec<App>,
}

/// A checked [`ListQuery`].
#[derive(Debug)]
pub struct Selection {
    query: ListQuery,
    limit: Limit,
    after: Option<String>,
}

impl Selection {
    /// Checks the query before any store is asked.
    pub fn new(query: ListQuery) -> Result<Self, Problem> {
        let limit = Limit::new(query.limit)?;
        let after = query.cursor.as_deref().map(page::key_in).transpose()?;
        if after
            .as_deref()
            .is_some_and(|key| Slug::try_from(key).is_err())
        {
            return Err(Problem::invalid_query(
                "cursor: expected a next_cursor of this list",
            ));
        }
        Ok(Self {
            query,
            limit,
            after,
        })
    }
}

impl Catalogue {
    /// The page of the apps that were asked for.
    pub fn select(self, selection: &Selection) -> Page<App> {
        let Selection {
            query,
            limit,
            after,
        } = selection;
        let selected = self.apps.into_iter().filter(|app| {
            after.as_ref().is_none_or(|after| app.slug > *after)
                && query.status.is_none_or(|status| app.status == status)
                && query
                    .category
                    .as_ref()
                    .is_none_or(|category| app.category == *category)
        });
        page::cut(selected, *limit, |app| &app.slug)
    }

    /// The app of a slug.
    pub fn find(self, slug: &str) -> Option<App> {
        self.apps.into_iter().find(|app| app.slug == slug)
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::AppStatus;

    use super::*;
    use crate::api::Health;

    fn app(slug: &str, status: AppStatus, category: &str) -> App {
        App {
            slug: slug.to_owned(),
            name: slug.to_owned(),
            description: String::new(),
            category: category.to_owned(),
            api_url: "https://app.example".to_owned(),
            ui_url: "https://app.example".to_owned(),
            status,
            health: Health::Unknown,
            lease_expires_at: None,
            metadata: serde_json::Map::new(),
            updated_at: "2026-01-31T12:00:00.000000Z".to_owned(),
        }
    }

    fn catalogue() -> Catalogue {
        let apps = vec![
            app("billing", AppStatus::Maintenance, "money"),
            app("chat", AppStatus::Available, "talk"),
            app("drive", AppStatus::Available, "files"),
        ];
        Catalogue {
            organization: Uuid::nil(),
            apps,
        }
    }

    fn check(query: ListQuery, slugs: &[&str], more: bool) {
        let page = catalogue().select(&Selection::new(query).unwrap());
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
        assert!(catalogue().find("drive").is_some());
        assert!(catalogue().find("hrm").is_none());
    }
}
