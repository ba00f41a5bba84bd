//! Identifiers that sort by the time they were made.

use uuid::{Builder, Uuid};

use crate::Timestamp;

/// The UUIDv7 (RFC 9562, section 5.7) of a moment and 80 of the random bits.
pub fn uuid_v7(now: Timestamp, random: u128) -> Uuid {
    let [_, _, _, _, _, _, random @ ..] = random.to_be_bytes();
    Builder::from_unix_timestamp_millis(now.unix_milliseconds(), &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ones_sort_after() {
        let first = uuid_v7(Timestamp::from_unix(1_700_000_000, 0), u128::MAX);
        let second = uuid_v7(Timestamp::from_unix(1_700_000_000, 1_000_000), 0);
        assert!(first < second);
        assert_eq!(second.get_version_num(), 7);
    }
}
