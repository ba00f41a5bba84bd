//! Entity tags of apps (RFC 9110, section 8.8.3), computed from the app's fields and not from the bytes of an answer.

use service::http::{conditional, page::Page};

use crate::{api::apps::Health, catalogue::Shown, lease::Lease};

/// The tag of an app at a moment: its lease changes without a write, and a reader that asks again must not rely on
/// one that has ended.
pub fn of_app(version: i64, lease: Option<Lease>) -> String {
    match lease {
        None => format!(r#""{version}-unknown""#),
        Some(lease) => format!(
            r#""{version}-{}-{}""#,
            word(lease.health),
            lease.end_microseconds()
        ),
    }
}

/// The tag of a page: it follows from the tags of its apps, which are less data to hash than the page.
pub fn of_page(page: &Page<Shown<'_>>) -> String {
    let mut summary = Vec::new();
    for app in &page.items {
        // Neither a slug nor a tag contains a line break.
        summary.extend_from_slice(app.slug.as_bytes());
        summary.push(b'\n');
        summary.extend_from_slice(&app.version.to_be_bytes());
        if let Some(lease) = app.lease {
            summary.extend_from_slice(word(lease.health).as_bytes());
            summary.extend_from_slice(&lease.end_microseconds().to_be_bytes());
        }
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
    use uuid::Uuid;

    use super::*;
    use crate::lease::Leases;

    #[test]
    fn a_page_is_its_apps() {
        let lease = |health: &str, end: u64| {
            let json = format!(r#"[["{}","{health}",{end}]]"#, Uuid::nil());
            let leases = Leases::from_json(&json).unwrap();
            leases.of(Uuid::nil(), clock::Timestamp::from_unix(0, 0))
        };
        let app = |slug, version, lease| Shown {
            slug,
            version,
            lease,
            json: b"{}".to_vec(),
        };
        let tag = |items, next_cursor: Option<&str>| {
            of_page(&Page {
                items,
                next_cursor: next_cursor.map(str::to_owned),
            })
        };
        let one = || app("chat", 1, None);
        let first = tag(vec![one()], None);
        assert_eq!(first, tag(vec![one()], None));
        let others = [
            tag(vec![app("chat", 2, None)], None),
            tag(vec![app("chat", 1, lease("healthy", 1))], None),
            tag(vec![app("chat", 1, lease("healthy", 2))], None),
            tag(vec![app("chat", 1, lease("unhealthy", 1))], None),
            tag(vec![app("hrm", 1, None)], None),
            tag(vec![one(), one()], None),
            tag(vec![one()], Some("Y2hhdA")),
            tag(vec![], None),
        ];
        for (position, other) in others.iter().enumerate() {
            assert_ne!(&first, other, "{position}");
            assert!(!others[..position].contains(other), "{position}");
        }
    }
}
