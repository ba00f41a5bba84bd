//! When an event occurred.

use clock::Timestamp;
use serde_json::{Map, Value};
use service::identity::security_event::FIRST_MILLISECONDS;

use crate::told::bounded;

/// In milliseconds since the epoch: when the event occurred according to itself, else when the token was issued. A
/// value that is not a number of seconds does not conform to the event's definition.
pub fn occurred_at(
    event: &Map<String, Value>,
    issued_at: f64,
    now: Timestamp,
) -> Result<u64, &'static str> {
    let seconds = match event.get("event_timestamp") {
        None => issued_at,
        Some(told) => told
            .as_f64()
            .filter(|seconds| (0.0..FIRST_MILLISECONDS).contains(seconds))
            .ok_or("event_timestamp must be seconds since the epoch")?,
    };
    Ok(of_seconds(seconds, now))
}

/// The same for a token without a time in its event.
pub fn of_seconds(seconds: f64, now: Timestamp) -> u64 {
    // Negative and huge values saturate.
    bounded((seconds * 1_000.0) as u64, now)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_event_says_it_or_else_the_token() {
        let now = Timestamp::from_unix(1_795_815_330, 0);
        let at = |event: Value| occurred_at(event.as_object().unwrap(), 1_795_815_324.0, now);
        assert_eq!(at(json!({})), Ok(1_795_815_324_000));
        let told = |seconds: Value| at(json!({ "event_timestamp": seconds }));
        assert_eq!(told(json!(1_795_815_320)), Ok(1_795_815_320_000));
        assert_eq!(told(json!(1_795_815_320.25)), Ok(1_795_815_320_250));
        assert_eq!(told(json!(0)), Ok(0));
        // At most 30 s ahead of the Shell's clock.
        assert_eq!(told(json!(1_795_815_360)), Ok(1_795_815_360_000));
        assert_eq!(told(json!(1_795_815_361)), Ok(1_795_815_360_000));
        assert_eq!(told(json!(99_999_999_999_u64)), Ok(1_795_815_360_000));
        for other in [
            json!(1_795_815_320_203_u64),
            json!(-1),
            json!("1795815320"),
            json!(null),
            json!(1e300),
        ] {
            assert!(told(other.clone()).is_err(), "{other}");
        }
    }
}
