//! A time with microseconds, in the contracts' format.

use std::fmt;

use time::{
    OffsetDateTime, UtcOffset,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Microseconds since the Unix epoch, UTC. Displays as RFC 3339 with six fraction digits.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From whole seconds and the nanoseconds after them.
    pub const fn from_unix(seconds: u64, nanoseconds: u32) -> Self {
        Self(
            seconds
                .saturating_mul(1_000_000)
                .saturating_add(nanoseconds as u64 / 1_000),
        )
    }

    /// From microseconds since the epoch.
    pub const fn from_unix_microseconds(microseconds: u64) -> Self {
        Self(microseconds)
    }

    /// The time that is later by this many microseconds.
    pub const fn later_by_microseconds(self, microseconds: u64) -> Self {
        Self(self.0.saturating_add(microseconds))
    }

    /// Whole seconds since the epoch, as RFC 7519's `NumericDate` counts them.
    pub const fn unix_seconds(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Whole milliseconds since the epoch.
    pub const fn unix_milliseconds(self) -> u64 {
        self.0 / 1_000
    }

    /// Microseconds since the epoch, as PostgreSQL counts them; the last time that PostgreSQL can hold replaces all
    /// later ones.
    pub fn unix_microseconds(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// Microseconds after the last whole second.
    pub const fn subsecond_microseconds(self) -> u32 {
        (self.0 % 1_000_000) as u32
    }

    /// Microseconds after the last whole millisecond.
    pub const fn submillisecond_microseconds(self) -> u32 {
        (self.0 % 1_000) as u32
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .map_err(|_| fmt::Error)?
            .format(FORMAT)
            .map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

/// The contracts' format of a time in RFC 3339 with any offset; digits beyond microseconds are dropped. `None` if the
/// text is not such a time, or if its year in UTC is not from 1 to 9999.
pub fn utc(rfc3339: &str) -> Option<String> {
    let moment = OffsetDateTime::parse(rfc3339, &Rfc3339).ok()?;
    let moment = moment.checked_to_offset(UtcOffset::UTC)?;
    let moment = Some(moment).filter(|moment| (1..=9_999).contains(&moment.year()))?;
    moment.format(FORMAT).ok()
}

/// The contracts' format of a time in microseconds since the epoch, or before it. `None` if its year is not from 1 to
/// 9999.
pub fn utc_of_unix_microseconds(microseconds: i64) -> Option<String> {
    let moment =
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(microseconds) * 1_000).ok()?;
    let moment = Some(moment).filter(|moment| (1..=9_999).contains(&moment.year()))?;
    moment.format(FORMAT).ok()
}

/// The same as [`utc`] for a time that is stored: no leap second, which would be stored as the second before it.
pub fn utc_to_keep(rfc3339: &str) -> Option<String> {
    let is_leap_second = rfc3339.get(16..19) == Some(":60");
    utc(rfc3339).filter(|_| !is_leap_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_before_the_epoch_too() {
        let check = |microseconds: i64, expected: Option<&str>| {
            let text = utc_of_unix_microseconds(microseconds);
            assert_eq!(text.as_deref(), expected, "{microseconds}");
        };
        check(0, Some("1970-01-01T00:00:00.000000Z"));
        check(1_700_000_000_123_456, Some("2023-11-14T22:13:20.123456Z"));
        check(-1, Some("1969-12-31T23:59:59.999999Z"));
        check(i64::MAX, None);
        check(i64::MIN, None);
    }

    #[test]
    fn moments_from_outside() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(utc(text).as_deref(), expected, "{text}");
        };
        let noon = Some("2026-01-31T12:00:00.000000Z");
        check("2026-01-31T12:00:00Z", noon);
        check("2026-01-31t12:00:00z", noon);
        check("2026-01-31T14:00:00+02:00", noon);
        check("2026-01-31T12:00:00.000000999-00:00", noon);
        check(
            "2026-02-01T00:30:00.5+14:00",
            Some("2026-01-31T10:30:00.500000Z"),
        );
        check("1969-12-31T23:59:59Z", Some("1969-12-31T23:59:59.000000Z"));
        for text in [
            "",
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-02-30T12:00:00Z",
            "2026-01-31T25:00:00Z",
            "0000-06-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "2026-01-31T12:00:00Z ",
            "now",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn no_leap_second_is_kept() {
        assert!(utc("2026-06-30T23:59:60Z").is_some());
        assert_eq!(utc_to_keep("2026-06-30T23:59:60Z"), None);
        let before = utc_to_keep("2026-06-30T23:59:59.9Z");
        assert_eq!(before.as_deref(), Some("2026-06-30T23:59:59.900000Z"));
    }

    #[test]
    fn always_six_fraction_digits() {
        let whole = Timestamp::from_unix(1_700_000_000, 0);
        let finer = Timestamp::from_unix(1_700_000_000, 123_456_789);
        assert_eq!(whole.to_string(), "2023-11-14T22:13:20.000000Z");
        assert_eq!(finer.to_string(), "2023-11-14T22:13:20.123456Z");
    }
}
