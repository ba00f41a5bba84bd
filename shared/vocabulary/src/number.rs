//! Numbers in JSON's form (RFC 8259, section 6), digit by digit, without a conversion to a float.

use crate::Invalid;

/// The maximum number of digits of a number that is written out.
const MOST_DIGITS: i64 = 1_000;

/// A number's digits before and after its point, and its exponent.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i64,
}

impl<'a> Parts<'a> {
    /// Parses a JSON number; `None` also if the exponent is too large for an `i64`.
    fn new(json: &'a str) -> Option<Self> {
        let (mantissa, exponent) = match json.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (json, 0),
        };
        let digits = mantissa.strip_prefix('-');
        let (whole, fraction) = digits
            .unwrap_or(mantissa)
            .split_once('.')
            .unwrap_or((digits.unwrap_or(mantissa), ""));
        let all = whole.bytes().chain(fraction.bytes());
        let fits = !whole.is_empty() && all.into_iter().all(|b| b.is_ascii_digit());
        fits.then_some(Self {
            negative: digits.is_some(),
            whole,
            fraction,
            exponent,
        })
    }

    /// The number of digits when it is written without an exponent.
    fn written_out(&self) -> i64 {
        let length = |digits: &str| i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let before = length(self.whole).saturating_add(self.exponent).max(1);
        let after = length(self.fraction).saturating_sub(self.exponent).max(0);
        before.saturating_add(after)
    }
}

/// Checks a number that is to be stored: PostgreSQL stores it with every digit, and returns it written out, so the
/// number of its digits must be limited. Returns that number.
pub fn kept_number(json: &str) -> Result<usize, Invalid> {
    Parts::new(json)
        .filter(|parts| parts.exponent.abs() <= MOST_DIGITS)
        .map(|parts| parts.written_out())
        .filter(|digits| *digits <= MOST_DIGITS)
        .and_then(|digits| usize::try_from(digits).ok())
        .ok_or(Invalid(
            "a number of at most 1,000 digits when it is written out",
        ))
}

/// Reads an integer in any form: 60, 60.0 and 6e1 are the same number.
pub fn integer(json: &str) -> Option<i64> {
    let parts = Parts::new(json).filter(|parts| parts.exponent.abs() <= MOST_DIGITS)?;
    let digits = [parts.whole, parts.fraction].concat();
    let significant = digits.trim_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let trailing = digits.len() - digits.trim_end_matches('0').len();
    let zeros = i64::try_from(trailing).ok()? + parts.exponent
        - i64::try_from(parts.fraction.len()).ok()?;
    // If it is negative, the number has a fraction; if it is too large, the number exceeds 64 bits.
    let zeros = usize::try_from(zeros).ok().filter(|zeros| *zeros < 20)?;
    let sign = if parts.negative { "-" } else { "" };
    [sign, significant, &"0".repeat(zeros)]
        .concat()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_however_they_are_written() {
        for sixty in ["60", "60.0", "6e1", "6E+1", "600e-1", "0.6e2", "60.000e0"] {
            assert_eq!(integer(sixty), Some(60), "{sixty}");
        }
        for zero in ["0", "-0", "0.0", "0e7"] {
            assert_eq!(integer(zero), Some(0), "{zero}");
        }
        assert_eq!(integer("-12e2"), Some(-1_200));
        assert_eq!(integer("9223372036854775807"), Some(i64::MAX));
        for other in [
            "60.5",
            "60.00000000000000000000000001",
            "6e-1",
            "9223372036854775808",
            "1e400",
            "1e99999999999999999999",
            "\"60\"",
            "null",
            "true",
            "[]",
        ] {
            assert_eq!(integer(other), None, "{other}");
        }
    }

    #[test]
    fn numbers_that_can_be_written_out_are_kept() {
        let longest = "1".repeat(1_000);
        for kept in [
            "0",
            "-0.0",
            "1.50",
            "123456789012345678901234567890",
            "1e400",
            "1.7976931348623157e+308",
            "5E-324",
            "1e999",
            &longest,
        ] {
            assert!(kept_number(kept).is_ok(), "{kept}");
        }
        assert_eq!(kept_number("-12.5e2"), Ok(4));
        assert_eq!(kept_number("12.5e-2"), Ok(4));
        let longer = "1".repeat(1_001);
        for unkept in [
            "1e1000",
            "1e-1000",
            "0e99999999999999999999",
            "1e131072",
            &longer,
        ] {
            assert!(kept_number(unkept).is_err(), "{unkept}");
        }
    }
}
