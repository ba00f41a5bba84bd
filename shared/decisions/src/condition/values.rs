//! JSON as CEL values.

use std::collections::HashMap;

use cel::Value;
use serde_json::{Number, Value as Json};

use crate::question::Properties;

/// 2^63, which an `f64` represents exactly: the first number beyond an `i64`.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

/// An object.
pub fn object(properties: &Properties) -> Value {
    let members = properties.iter();
    let members = members.map(|(name, json)| (name.as_str(), value(json)));
    Value::from(members.collect::<HashMap<_, _>>())
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(boolean) => Value::Bool(*boolean),
        Json::Number(read) => number(read),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(entries) => Value::from(entries.iter().map(value).collect::<Vec<_>>()),
        Json::Object(members) => object(members),
    }
}

/// A whole number is an integer however it is written, `3`, `3.0` or `3e0`, so that its spelling has no effect on
/// comparisons, indexes or additions.
fn number(read: &Number) -> Value {
    if let Some(integer) = read.as_i64() {
        return Value::Int(integer);
    }
    if let Some(unsigned) = read.as_u64() {
        return Value::UInt(unsigned);
    }
    let float = read.as_f64().unwrap_or(f64::NAN);
    if float.fract() != 0.0 || !(-TWO_TO_63..2.0 * TWO_TO_63).contains(&float) {
        return Value::Float(float);
    }
    // Both casts are exact: the number is whole and within the type's range.
    if float < TWO_TO_63 {
        Value::Int(float as i64)
    } else {
        Value::UInt(float as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Value) {
        let json: Json = serde_json::from_str(text).unwrap();
        assert_eq!(
            format!("{:?}", value(&json)),
            format!("{expected:?}"),
            "{text}"
        );
    }

    #[test]
    fn whole_numbers_are_integers_however_they_are_written() {
        check("3", Value::Int(3));
        check("3.0", Value::Int(3));
        check("30e-1", Value::Int(3));
        check("-0.0", Value::Int(0));
        check("3.5", Value::Float(3.5));
        check("9223372036854775807", Value::Int(i64::MAX));
        check("9223372036854775808", Value::UInt(1 << 63));
        check("9.223372036854775808e18", Value::UInt(1 << 63));
        check("18446744073709551615", Value::UInt(u64::MAX));
        check(
            "18446744073709551616",
            Value::Float(18_446_744_073_709_551_616.0),
        );
        check("-9223372036854775808", Value::Int(i64::MIN));
        check("-9.3e18", Value::Float(-9.3e18));
        check("1e300", Value::Float(1e300));
    }
}
