//! Leases: what an app last said of itself counts until its lease ends, without anybody sweeping.

use crate::{
    api::apps::{App, Health},
    versioned::Versioned,
};

/// The app as it is at a moment, RFC 3339 in UTC with six fraction digits: such texts sort as the
/// moments do, so none need be parsed.
pub fn at(mut app: App, now: &str) -> App {
    if app.lease_expires_at.as_deref().is_none_or(|end| end <= now) {
        app.health = Health::Unknown;
        app.lease_expires_at = None;
    }
    app
}

/// The entity tag of an app that [`at`] has been asked about: its health changes without a write.
pub fn entity_tag(app: &Versioned<App>) -> String {
    let health = match app.value.health {
        Health::Unknown => "unknown",
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
    };
    format!(r#""{}-{health}""#, app.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::apps::tests::app;

    fn check(health: Health, end: Option<&str>, expected: &str) {
        let app = App {
            health,
            lease_expires_at: end.map(str::to_owned),
            ..app("drive")
        };
        let value = at(app, "2026-01-31T12:00:00.500000Z");
        assert_eq!(
            value.lease_expires_at.is_some(),
            value.health != Health::Unknown
        );
        assert_eq!(entity_tag(&Versioned { version: 7, value }), expected);
    }

    #[test]
    fn a_lease_counts_until_it_ends() {
        check(Health::Unknown, None, r#""7-unknown""#);
        check(
            Health::Healthy,
            Some("2026-01-31T12:00:00.500001Z"),
            r#""7-healthy""#,
        );
        check(
            Health::Unhealthy,
            Some("2026-02-01T00:00:00.000000Z"),
            r#""7-unhealthy""#,
        );
        check(
            Health::Healthy,
            Some("2026-01-31T12:00:00.500000Z"),
            r#""7-unknown""#,
        );
        check(
            Health::Unhealthy,
            Some("2025-12-31T23:59:59.999999Z"),
            r#""7-unknown""#,
        );
    }
}
