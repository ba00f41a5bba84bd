//! Durations, as they are written in the configuration.

use std::time::Duration;

use crate::Invalid;

/// The seconds of 30 days. What makes an end of a token is remembered for longer than that, and events are applied that
/// are no older.
const LONGEST: u64 = 30 * 86_400;

/// Reads a whole number of seconds, minutes, hours or days, as `90s`, `30m`, `24h` and `7d` are written; more than none
/// and at most 30 days.
pub fn duration(text: &str) -> Result<Duration, Invalid> {
    let invalid = Invalid("a whole number and s, m, h or d, from 1s to 30d");
    let units = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    let read = units.into_iter().find_map(|(unit, seconds)| {
        let number = text.strip_suffix(unit)?;
        // A sign is no part of a number here.
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = digits.then(|| number.parse().ok())??;
        number.checked_mul(seconds)
    });
    let seconds = read.filter(|seconds| (1..=LONGEST).contains(seconds));
    seconds.map(Duration::from_secs).ok_or(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_a_unit() {
        for (text, seconds) in [
            ("1s", 1),
            ("90s", 90),
            ("30m", 1_800),
            ("24h", 86_400),
            ("07d", 604_800),
            ("30d", 2_592_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for other in [
            "",
            "h",
            "24",
            "24 h",
            " 24h",
            "24h ",
            "24H",
            "+24h",
            "-1h",
            "1.5h",
            "1h30m",
            "0s",
            "31d",
            "721h",
            "99999999999999999999d",
            "18446744073709551615d",
            "٢٤h",
            "24ħ",
        ] {
            assert!(duration(other).is_err(), "{other}");
        }
    }
}
