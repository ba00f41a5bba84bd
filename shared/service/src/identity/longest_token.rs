//! How long a token may live: so long it has to be known that one is revoked, and no longer.

use std::time::Duration;

#[cfg(target_family = "wasm")]
pub use host::longest_token;

/// Beyond any calendar, and safe to add to a time.
const HUNDRED_YEARS: u64 = 100 * 366 * 24 * 60 * 60;

/// Reads a whole number followed by its unit, `s`, `m`, `h` or `d`.
pub fn parse(text: &str) -> Option<Duration> {
    let digits = text.strip_suffix(|unit: char| unit.is_ascii_lowercase())?;
    let unit = match text.strip_prefix(digits)? {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let seconds = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    (1..HUNDRED_YEARS)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

#[cfg(target_family = "wasm")]
mod host {
    use std::{sync::OnceLock, time::Duration};

    use super::parse;
    use crate::{problem::Problem, variables};

    static LONGEST: OnceLock<Duration> = OnceLock::new();

    /// The variable `longest_token`, read once in an instance's life.
    pub async fn longest_token() -> Result<Duration, Problem> {
        if let Some(longest) = LONGEST.get() {
            return Ok(*longest);
        }
        let text = variables::get("longest_token").await?;
        let longest = parse(&text).ok_or_else(|| {
            Problem::internal("longest_token must be a whole number and s, m, h or d, as 24h")
        })?;
        Ok(*LONGEST.get_or_init(|| longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_unit() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("24h", 86_400),
            ("7d", 604_800),
            ("036h", 129_600),
        ] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn nothing_else() {
        for text in [
            "",
            "24",
            "h",
            "0h",
            "-1h",
            "+1h",
            "1.5h",
            "24 h",
            " 24h",
            "24H",
            "1w",
            "1h30m",
            "٣h",
            "99999999999999999999d",
            "99999d",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
