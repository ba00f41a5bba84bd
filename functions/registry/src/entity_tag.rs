//! Entity tags of apps (RFC 9110, section 8.8.3), made of what is shown and not of its bytes.

use service::{conditional, page::Page};

use crate::{api::apps::Health, catalogue::Shown};

/// Of an app as it is at a moment: its health changes without a write.
pub fn of_app(version: i64, health: Health) -> String {
    format!(r#""{version}-{}""#, word(health))
}

/// Of a page: it follows from those of its apps, which are less to hash than it is.
pub fn of_page(page: &Page<Shown<'_>>) -> String {
    let mut summary = Vec::new();
    for app in &page.items {
        // A slug holds no line break, and what follows it is of fixed length or a word.
        summary.extend_from_slice(app.slug.as_bytes());
        summary.push(b'\n');
        summary.extend_from_slice(&app.version.to_be_bytes());
        summary.extend_from_slice(word(app.health).as_bytes());
        summary.push(b'\n');
    }
    summary.extend_from_slice(page.next_cursor.as_deref().unwrap_or_default().as_bytes());
    conditional::entity_tag(&summary)
}

fn word(health: Health) -> &'static str {
    match health {
        Health::Unknown => "unknown",
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_its_apps() {
        let app = |slug, version, health| Shown {
            slug,
            version,
            health,
            json: b"{}".into(),
        };
        let tag = |items, next_cursor: Option<&str>| {
            of_page(&Page {
                items,
                next_cursor: next_cursor.map(str::to_owned),
            })
        };
        let one = || app("chat", 1, Health::Unknown);
        let first = tag(vec![one()], None);
        assert_eq!(first, tag(vec![one()], None));
        for other in [
            tag(vec![app("chat", 2, Health::Unknown)], None),
            tag(vec![app("chat", 1, Health::Healthy)], None),
            tag(vec![app("hrm", 1, Health::Unknown)], None),
            tag(vec![one(), one()], None),
            tag(vec![one()], Some("Y2hhdA")),
            tag(vec![], None),
        ] {
            assert_ne!(first, other);
        }
    }
}
