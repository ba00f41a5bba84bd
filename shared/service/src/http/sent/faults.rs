//! The validation errors of a body: all of them, as far as an answer can hold them.

use vocabulary::{Invalid, Place};

use crate::problem::{FieldError, Problem};

/// The maximum number of errors in an answer, including the one about those left out.
const MOST: usize = 1_000;

/// The maximum total size of their pointers in bytes: these contain keys from the request, which can be long.
const MOST_BYTES: usize = 256 * 1024;

/// The errors so far.
#[derive(Debug, Default)]
pub struct Faults {
    listed: Vec<FieldError>,
    bytes: usize,
    left_out: bool,
}

impl Faults {
    /// Adds an error at a place.
    pub fn add(&mut self, place: &Place<'_>, unfit: &Invalid) {
        if self.left_out || self.listed.len() + 1 == MOST || self.bytes > MOST_BYTES {
            self.left_out = true;
            return;
        }
        let pointer = place.to_string();
        self.bytes += pointer.len();
        self.listed.push(FieldError {
            pointer,
            detail: unfit.to_string(),
        });
    }

    /// Returns the value if it is valid; otherwise adds the error.
    pub fn judge<T>(&mut self, place: &Place<'_>, judged: Result<T, Invalid>) -> Option<T> {
        judged.map_err(|unfit| self.add(place, &unfit)).ok()
    }

    /// Returns what was read, if no error was found in it.
    pub fn none_in<T>(mut self, read: Option<T>) -> Result<T, Problem> {
        if self.left_out {
            self.listed.push(FieldError {
                pointer: String::new(),
                detail: "there are more errors than are listed here".to_owned(),
            });
        }
        read.filter(|_| self.listed.is_empty())
            .ok_or_else(|| Problem::invalid_fields(self.listed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(faults: Faults) -> Vec<serde_json::Value> {
        let document = serde_json::to_value(faults.none_in(Some(())).unwrap_err()).unwrap();
        document["errors"].as_array().unwrap().clone()
    }

    #[test]
    fn an_answer_stays_small() {
        let mut faults = Faults::default();
        for position in 0..5_000 {
            faults.add(&Place::Item(&Place::Whole, position), &Invalid("less"));
        }
        let errors = listed(faults);
        assert_eq!(errors.len(), MOST);
        assert_eq!(errors[998]["pointer"], "/998");
        assert_eq!(errors[999]["pointer"], "");

        let mut faults = Faults::default();
        let long = "x".repeat(16 * 1024);
        for _ in 0..5_000 {
            faults.add(&Place::Member(&Place::Whole, &long), &Invalid("less"));
        }
        assert_eq!(listed(faults).len(), 17);
    }

    #[test]
    fn without_faults_there_is_a_value() {
        assert_eq!(Faults::default().none_in(Some(1)).unwrap(), 1);
    }
}
