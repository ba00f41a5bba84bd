//! Rows for PostgreSQL, sent in batches.

use serde::Serialize;

/// How many rows one statement applies, so that other changes wait for no more.
const ROWS: usize = 500;

/// How many bytes of rows one statement gets, or little more.
const BYTES: usize = 4 * 1024 * 1024;

/// Rows as JSON, each with the identifier of its object.
#[derive(Debug, Default)]
pub struct Batch {
    rows: Vec<(String, String)>,
    bytes: usize,
}

impl Batch {
    /// Adds a row, which replaces an earlier one with the same identifier.
    pub fn add(&mut self, id: &str, row: &impl Serialize) -> serde_json::Result<()> {
        let json = serde_json::to_string(row)?;
        self.bytes += json.len();
        let mut rows = self.rows.iter_mut();
        match rows.find(|(known, _)| known == id) {
            Some((_, before)) => *before = json,
            None => self.rows.push((id.to_owned(), json)),
        }
        Ok(())
    }

    /// Whether the rows are to be applied now.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= ROWS || self.bytes >= BYTES
    }

    /// Empties the batch, and returns its rows as a JSON array; `None` if it was empty.
    pub fn take(&mut self) -> Option<String> {
        let rows = std::mem::take(self).rows;
        let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
        (!rows.is_empty()).then(|| format!("[{}]", rows.join(",")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_later_counts() {
        let mut batch = Batch::default();
        assert_eq!(batch.take(), None);
        for (id, row) in [("a", 1), ("b", 2), ("a", 3)] {
            batch.add(id, &row).unwrap();
        }
        assert_eq!(batch.take().as_deref(), Some("[3,2]"));
        assert_eq!(batch.take(), None);
    }

    #[test]
    fn it_is_full_by_rows_or_by_bytes() {
        let mut batch = Batch::default();
        for number in 0..ROWS {
            assert!(!batch.is_full());
            batch.add(&number.to_string(), &number).unwrap();
        }
        assert!(batch.is_full());
        let mut batch = Batch::default();
        batch.add("a", &"a".repeat(BYTES)).unwrap();
        assert!(batch.is_full());
    }
}
