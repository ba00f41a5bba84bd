//! The value of a scalar without quotes, by YAML 1.2's core schema.

use serde_json::{Number, Value};

/// A null, a boolean, a number or a text; or what was expected instead.
pub fn read(text: &str) -> Result<Value, &'static str> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Err("a number that JSON has"),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Err("a number that JSON has");
    }
    let number = text.strip_prefix('+').unwrap_or(text);
    if is_digits(unsigned) {
        return whole(number, 10);
    }
    for (prefix, base) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|digit| digit.is_digit(base))
        {
            return whole(digits, base);
        }
    }
    if is_fractional(unsigned) {
        let number = number.parse().ok().and_then(Number::from_f64);
        return number
            .map(Value::Number)
            .ok_or("a number that a double holds");
    }
    Ok(Value::String(text.to_owned()))
}

fn whole(number: &str, base: u32) -> Result<Value, &'static str> {
    let signed = i64::from_str_radix(number, base).map(Value::from);
    signed
        .or_else(|_| u64::from_str_radix(number, base).map(Value::from))
        .map_err(|_| "a whole number of at most 64 bits, or a text in quotes")
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, without its sign.
fn is_fractional(text: &str) -> bool {
    let (mantissa, exponent) = text
        .split_once(['e', 'E'])
        .map_or((text, None), |(mantissa, exponent)| {
            (mantissa, Some(exponent))
        });
    let exponent_fits = exponent
        .is_none_or(|exponent| is_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fits = match (before, after) {
        ("", after) => is_digits(after),
        (before, "") => is_digits(before),
        (before, after) => is_digits(before) && is_digits(after),
    };
    exponent_fits && mantissa_fits
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_are_those_of_the_core_schema() {
        for (text, expected) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("True", json!(true)),
            ("false", json!(false)),
            ("yes", json!("yes")),
            ("on", json!("on")),
            ("7", json!(7)),
            ("+7", json!(7)),
            ("-007", json!(-7)),
            ("18446744073709551615", json!(u64::MAX)),
            ("0o17", json!(15)),
            ("0xfF", json!(255)),
            ("0x", json!("0x")),
            ("-0x1", json!("-0x1")),
            ("0x-1", json!("0x-1")),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            ("-1.5e-3", json!(-0.0015)),
            ("1e3", json!(1000.0)),
            (".", json!(".")),
            ("1e", json!("1e")),
            ("1.2.3", json!("1.2.3")),
            ("1_000", json!("1_000")),
            ("2030-01-01T00:00:00Z", json!("2030-01-01T00:00:00Z")),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn numbers_that_json_or_the_shell_does_not_take_are_faults() {
        for text in [".inf", "-.INF", ".nan", "1e999", "18446744073709551616"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
