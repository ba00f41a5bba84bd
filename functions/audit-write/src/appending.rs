//! From the outcome of a call in the database to an answer.

use std::fmt::Write as _;

use clock::Timestamp;
use http::StatusCode;
use service::problem::{FieldError, Problem};

use crate::{batch::Batch, own_id::OwnId};

/// The answer's body: for every event, its id and the time at which it was recorded.
pub fn answer(batch: &Batch<'_>, outcome: &str, answer: Option<String>) -> Result<String, Problem> {
    match (outcome, answer) {
        ("recorded", Some(recorded)) if batch.is_array => Ok(recorded),
        ("recorded", Some(recorded)) => recorded
            .strip_prefix('[')
            .and_then(|one| one.strip_suffix(']'))
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .ok_or_else(|| Problem::internal("one event was not answered as one")),
        ("key_reused", _) => Err(conflict(
            "key-reused",
            "The Idempotency-Key was used for another body",
        )
        .with_detail("a key stands for one body; nothing was recorded")),
        ("id_reused", Some(positions)) => Err(ids_reused(batch, &positions)),
        _ => Err(Problem::internal(format!("unknown outcome {outcome:?}"))),
    }
}

/// The answer for events whose ids the Shell generated, a microsecond apart.
pub fn recorded(own: &[OwnId], first: Timestamp) -> String {
    const DIGITS: usize = "123456Z".len();
    let start = first.to_string();
    let second = &start[..start.len() - DIGITS];
    let mut answer = String::with_capacity(own.len() * 90 + 2);
    answer.push('[');
    for (own, later) in own.iter().zip(0..) {
        if later > 0 {
            answer.push(',');
        }
        let at = first.later_by_microseconds(later);
        // Writing to a text cannot fail.
        let _ = write!(answer, r#"{{"id":"{}","created_at":""#, own.at(at));
        // Formatting the whole second again for each event would take longer than everything else.
        let _ = if at.unix_seconds() == first.unix_seconds() {
            write!(answer, "{second}{:06}Z", at.subsecond_microseconds())
        } else {
            write!(answer, "{at}")
        };
        answer.push_str("\"}");
    }
    answer.push(']');
    answer
}

/// The problem for events at these positions that name another actor, which the caller may not add.
pub fn refused(batch: &Batch<'_>, of_others: &[usize]) -> Problem {
    let pointers = of_others.iter().map(|position| FieldError {
        pointer: format!("{}/actor", batch.place(*position)),
        detail: "expected the caller, or nothing".to_owned(),
    });
    Problem::forbidden("the caller needs the right to append audit_event:* to name another actor")
        .with_errors(pointers.collect())
}

fn ids_reused(batch: &Batch<'_>, positions: &str) -> Problem {
    let positions: Vec<usize> = match serde_json::from_str(positions) {
        Ok(positions) => positions,
        Err(fault) => return Problem::internal(format!("positions: {fault}")),
    };
    let pointers = positions.into_iter().map(|position| FieldError {
        pointer: format!("{}/id", batch.place(position)),
        detail: "expected an id that no other event has".to_owned(),
    });
    conflict("id-reused", "An id was used for another event")
        .with_detail("an id stands for one event; nothing was recorded")
        .with_errors(pointers.collect())
}

fn conflict(name: &'static str, title: &'static str) -> Problem {
    Problem::new(StatusCode::CONFLICT, name, title)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"action":"a","outcome":"success"}"#;

    fn check(
        body: &str,
        outcome: &str,
        said: Option<&str>,
        expected: Result<&str, (u16, &[&str])>,
    ) {
        let batch = Batch::read(body, "alice").unwrap();
        let answered = answer(&batch, outcome, said.map(str::to_owned)).map_err(|problem| {
            let document = serde_json::to_value(problem).unwrap();
            let errors = document["errors"].as_array().cloned().unwrap_or_default();
            let pointer = |error: &serde_json::Value| error["pointer"].as_str().unwrap().to_owned();
            let pointers: Vec<_> = errors.iter().map(pointer).collect();
            (document["status"].as_u64().unwrap(), pointers)
        });
        let expected = expected.map(str::to_owned).map_err(|(status, pointers)| {
            (
                u64::from(status),
                pointers.iter().map(|&p| p.to_owned()).collect(),
            )
        });
        assert_eq!(answered, expected);
    }

    #[test]
    fn a_microsecond_apart() {
        let own = [1, 2, 3].map(OwnId::new);
        let first = Timestamp::from_unix_microseconds(1_769_860_800_999_998);
        let answer: serde_json::Value = serde_json::from_str(&recorded(&own, first)).unwrap();
        let times = [
            "2026-01-31T12:00:00.999998Z",
            "2026-01-31T12:00:00.999999Z",
            "2026-01-31T12:00:01.000000Z",
        ];
        for (position, later) in (0..3).enumerate() {
            let id = own[position].at(first.later_by_microseconds(later));
            let expected = serde_json::json!({"id": id, "created_at": times[position]});
            assert_eq!(answer[position], expected);
        }
        assert_eq!(answer.as_array().unwrap().len(), 3);
        assert!(recorded(&own, Timestamp::from_unix_microseconds(7)).contains("00.000009Z"));
    }

    #[test]
    fn every_outcome() {
        let several = format!("[{ONE},{ONE},{ONE}]");
        let all = r#"[{"id": 1}, {"id": 2}, {"id": 3}]"#;
        check(ONE, "recorded", Some(r#"[{"id": 1}]"#), Ok(r#"{"id": 1}"#));
        check(&several, "recorded", Some(all), Ok(all));
        check(ONE, "recorded", Some("[]"), Err((500, &[])));
        check(ONE, "recorded", None, Err((500, &[])));
        check(ONE, "key_reused", None, Err((409, &[])));
        check(ONE, "id_reused", Some("[0]"), Err((409, &["/id"])));
        check(
            &several,
            "id_reused",
            Some("[0, 2]"),
            Err((409, &["/0/id", "/2/id"])),
        );
        check(ONE, "id_reused", Some("{}"), Err((500, &[])));
        check(ONE, "else", Some("[]"), Err((500, &[])));
    }
}
