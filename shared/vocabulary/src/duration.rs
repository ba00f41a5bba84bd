//! Durations, as they are written in the configuration.

use std::time::Duration;

use crate::Invalid;

/// What makes an end of a token is remembered for longer than that, and events are applied that are no older.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

/// Reads a number and its unit, or several, as `90s`, `30m`, `24h` and `1d 12h` are written; whole seconds, from one to
/// 30 days.
pub fn duration(text: &str) -> Result<Duration, Invalid> {
    humantime::parse_duration(text)
        .ok()
        .filter(|read| (Duration::from_secs(1)..=LONGEST).contains(read))
        .filter(|read| read.subsec_nanos() == 0)
        .ok_or(Invalid(
            "a duration such as 90s, 30m, 24h or 7d, from 1s to 30d",
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_their_units() {
        for (text, seconds) in [
            ("1s", 1),
            ("90s", 90),
            ("30m", 1_800),
            ("24h", 86_400),
            ("07d", 604_800),
            ("30d", 2_592_000),
            ("1d 12h", 129_600),
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
            "24H",
            "+24h",
            "-1h",
            "1s 500ms",
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
