//! How many questions are sent in one request.

use std::ops::Range;

/// The maximum number of questions in a request to the Shell.
const MOST: usize = 1_000;
/// The maximum size of a body in bytes.
const LARGEST: usize = 1024 * 1024;
const BEGINNING: &str = r#"{"evaluations":["#;
const END: &str = "]}";

/// The maximum size of a question in bytes: a batch with this question alone is then full.
pub const LARGEST_QUESTION: usize = LARGEST - BEGINNING.len() - END.len();

/// Divides questions with these lengths into batches, in their order; each is filled before the next begins.
pub fn of(lengths: impl IntoIterator<Item = usize>) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let (mut first, mut count, mut left) = (0, 0, LARGEST_QUESTION);
    for length in lengths {
        // A comma precedes all but the first.
        let needed = length + usize::from(count > 0);
        if count > 0 && (count == MOST || needed > left) {
            batches.push(first..first + count);
            (first, count, left) = (first + count, 0, LARGEST_QUESTION);
        }
        left = left.saturating_sub(length + usize::from(count > 0));
        count += 1;
    }
    if count > 0 {
        batches.push(first..first + count);
    }
    batches
}

/// The body of a batch.
pub fn body<'q>(questions: impl IntoIterator<Item = &'q str>) -> String {
    let mut body = BEGINNING.to_owned();
    for (at, question) in questions.into_iter().enumerate() {
        if at > 0 {
            body.push(',');
        }
        body.push_str(question);
    }
    body.push_str(END);
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_go_together() {
        assert_eq!(of([]), []);
        assert_eq!(of([100; 1_001]), [0..1_000, 1_000..1_001]);
        assert_eq!(of([100; 2_001]), [0..1_000, 1_000..2_000, 2_000..2_001]);
    }

    #[test]
    fn no_body_is_larger_than_a_mebibyte() {
        let lengths = [
            LARGEST_QUESTION,
            1,
            LARGEST_QUESTION - 2,
            1,
            LARGEST_QUESTION - 1,
            1,
        ];
        let batches = of(lengths);
        assert_eq!(batches, [0..1, 1..3, 3..4, 4..5, 5..6]);
        for batch in batches {
            let questions: Vec<_> = lengths[batch]
                .iter()
                .map(|length| "x".repeat(*length))
                .collect();
            assert!(body(questions.iter().map(String::as_str)).len() <= LARGEST);
        }
    }

    #[test]
    fn a_body_is_json() {
        assert_eq!(body(["{}", "1"]), r#"{"evaluations":[{},1]}"#);
    }
}
