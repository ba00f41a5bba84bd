//! Leases: what an app last said of itself counts until its lease ends, without anybody sweeping.

use clock::Timestamp;

use crate::api::apps::{App, Health};

/// Whether a lease that ends at a moment, RFC 3339 in UTC with six fraction digits, has ended by
/// another: such texts sort as the moments do, so none need be parsed.
pub fn has_ended(end: Option<&str>, now: Timestamp) -> bool {
    end.is_none_or(|end| end <= now.to_string().as_str())
}

/// The app without its lease.
pub fn ended(app: App) -> App {
    App {
        health: Health::Unknown,
        lease_expires_at: None,
        ..app
    }
}

/// The app as it is at a moment.
pub fn at(app: App, now: Timestamp) -> App {
    if has_ended(app.lease_expires_at.as_deref(), now) {
        ended(app)
    } else {
        app
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::apps::tests::app, entity_tag};

    /// Half a second after noon on the last of January 2026.
    const NOW: Timestamp = Timestamp::from_unix(1_769_860_800, 500_000_000);

    fn check(health: Health, end: Option<&str>, expected: &str) {
        let app = App {
            health,
            lease_expires_at: end.map(str::to_owned),
            ..app("drive")
        };
        let value = at(app, NOW);
        assert_eq!(
            value.lease_expires_at.is_some(),
            value.health != Health::Unknown
        );
        assert_eq!(entity_tag::of_app(7, value.health), expected);
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
