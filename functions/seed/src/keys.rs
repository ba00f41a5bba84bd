//! Checks that each key occurs only once in a file.

use std::collections::HashMap;

use crate::{
    digest::{Digest, digest},
    fault::shown,
    file::File,
    row::Row,
};

/// The values that earlier rows had in the columns of each key, and their lines.
pub struct Keys {
    file: &'static File,
    lines: HashMap<Digest, u64>,
}

impl Keys {
    /// The state before the first row of a file.
    pub fn of(file: &'static File) -> Self {
        Self {
            file,
            lines: HashMap::new(),
        }
    }

    /// Checks a row.
    pub fn check(&mut self, row: &mut Row<'_>) {
        for columns in self.file.keys {
            let values: Option<Vec<_>> = columns.iter().map(|column| row.word(column)).collect();
            // An invalid cell is reported already.
            let Some(values) = values else { continue };
            let digest = digest(columns.iter().chain(&values).copied());
            if let Some(line) = self.lines.insert(digest, row.line())
                && let (Some(column), Some((last, others))) = (columns.last(), values.split_last())
            {
                let message = if others.len() > 2 {
                    format!("a duplicate of line {line}")
                } else {
                    let others = others.iter().rev().filter(|other| !other.is_empty());
                    let of: String = others.map(|other| format!(" of {other}")).collect();
                    let last = shown(last);
                    format!("{last}{of} is a duplicate of line {line}")
                };
                row.wrong(column, message);
            }
        }
    }
}
