//! Lengths of time as they are typed: `90s`, `15m`, `2h`, `1d`.

use std::time::Duration;

/// Reads a whole number followed by its unit.
pub fn parse(text: &str) -> Result<Duration, String> {
    let expected =
        || format!("`{text}` is not a duration: write a number and s, m, h or d, as 15m");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds_per_unit: u64 = match text.strip_prefix(digits) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 60 * 60,
        Some("d") => 24 * 60 * 60,
        _ => return Err(expected()),
    };
    let count: u64 = digits.parse().map_err(|_| expected())?;
    count
        .checked_mul(seconds_per_unit)
        // Beyond any calendar, and safe to add to the present time.
        .filter(|seconds| *seconds < 100 * 366 * 24 * 60 * 60)
        .map(Duration::from_secs)
        .ok_or_else(|| format!("`{text}` is longer than a hundred years"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("2h", 7_200),
            ("1d", 86_400),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn refusals() {
        for text in [
            "",
            "15",
            "m",
            "-1m",
            "1.5h",
            "15 m",
            "15x",
            "1m30s",
            "99999999999999999999d",
            "99999d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
