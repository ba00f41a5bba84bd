//! Identifiers that sort by the time at which they were generated.

use uuid::{Builder, Uuid};

use crate::Timestamp;

/// The UUIDv7 (RFC 9562, section 5.7) of a moment: the fraction of its millisecond in 12 bits (section
/// 6.2, method 3), then 62 of the random bits.
pub fn uuid_v7(now: Timestamp, random: u64) -> Uuid {
    let fraction = (now.submillisecond_microseconds() * 4_096 / 1_000).to_be_bytes();
    let [_, _, high, low] = fraction;
    let [a, b, c, d, e, f, g, h] = random.to_be_bytes();
    let rest = [high, low, a, b, c, d, e, f, g, h];
    Builder::from_unix_timestamp_millis(now.unix_milliseconds(), &rest).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ones_sort_after() {
        let at = |nanoseconds| Timestamp::from_unix(1_700_000_000, nanoseconds);
        let first = uuid_v7(at(0), u64::MAX);
        let second = uuid_v7(at(1_000), 0);
        let third = uuid_v7(at(999_999), u64::MAX);
        let fourth = uuid_v7(at(1_000_000), 0);
        assert!(first < second && second < third && third < fourth);
        assert_eq!(third.get_version_num(), 7);
        assert_eq!(third.get_variant(), uuid::Variant::RFC4122);
    }
}
