//! The hash that recognizes a retry: it depends on the content that was sent, not on how it was written.

use serde::Serialize;
use service::problem::Problem;
use sha2::{Digest, Sha256};

use crate::{batch::Batch, event::Event};

/// The SHA-256 of an event, in hexadecimal digits.
pub fn of_event(event: &Event<'_>) -> Result<String, Problem> {
    Ok(base16ct::lower::encode_string(&sha256(event)?))
}

/// The SHA-256 of all events of a call. A single event is another body than an array with that event, since the
/// answer has another form.
pub fn of_batch(batch: &Batch<'_>) -> Result<Vec<u8>, Problem> {
    match batch.events.as_slice() {
        [event] if !batch.is_array => sha256(event),
        events => sha256(&events),
    }
}

fn sha256(content: &impl Serialize) -> Result<Vec<u8>, Problem> {
    let json = serde_json::to_vec(content).map_err(|fault| Problem::internal(fault.to_string()))?;
    Ok(Sha256::digest(json).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &str) -> String {
        of_event(&Batch::read(json, "alice").unwrap().events[0]).unwrap()
    }

    fn batch(json: &str) -> Vec<u8> {
        of_batch(&Batch::read(json, "alice").unwrap()).unwrap()
    }

    const PLAIN: &str =
        r#"{"action":"a","outcome":"success","occurred_at":"2026-01-31T12:00:00Z"}"#;

    #[test]
    fn how_it_is_written_does_not_matter() {
        for same in [
            r#" {"outcome": "success", "occurred_at": "2026-01-31T14:00:00.0+02:00", "action": "\u0061"}"#,
            r#"{"action":"a","outcome":"success","occurred_at":"2026-01-31T12:00:00Z","actor":{"id":"alice","type":"user"},
                "targets":[],"context":{"ip":null},"metadata":{}}"#,
        ] {
            assert_eq!(event(same), event(PLAIN), "{same}");
            assert_eq!(batch(same), batch(PLAIN), "{same}");
        }
    }

    #[test]
    fn what_it_says_does() {
        for other in [
            r#"{"action":"b","outcome":"success","occurred_at":"2026-01-31T12:00:00Z"}"#,
            r#"{"action":"a","outcome":"success"}"#,
            r#"{"action":"a","outcome":"success","occurred_at":"2026-01-31T12:00:00Z","metadata":{"a":1}}"#,
        ] {
            assert_ne!(event(other), event(PLAIN), "{other}");
            assert_ne!(batch(other), batch(PLAIN), "{other}");
        }
        assert_ne!(batch(&format!("[{PLAIN}]")), batch(PLAIN));
        assert_ne!(batch(&format!("[{PLAIN},{PLAIN}]")), batch(PLAIN));
    }
}
