//! A moment, to the microsecond, as the contracts write it.

use std::fmt;

use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Microseconds since the Unix epoch, UTC. Displays as RFC 3339 with six fraction digits.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From whole seconds and the nanoseconds beyond them.
    pub const fn from_unix(seconds: u64, nanoseconds: u32) -> Self {
        Self(
            seconds
                .saturating_mul(1_000_000)
                .saturating_add(nanoseconds as u64 / 1_000),
        )
    }

    /// Whole seconds since the epoch, as RFC 7519's `NumericDate` counts them.
    pub const fn unix_seconds(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Whole milliseconds since the epoch.
    pub const fn unix_milliseconds(self) -> u64 {
        self.0 / 1_000
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn always_six_fraction_digits() {
        let whole = Timestamp::from_unix(1_700_000_000, 0);
        let finer = Timestamp::from_unix(1_700_000_000, 123_456_789);
        assert_eq!(whole.to_string(), "2023-11-14T22:13:20.000000Z");
        assert_eq!(finer.to_string(), "2023-11-14T22:13:20.123456Z");
    }
}
