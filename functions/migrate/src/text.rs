//! Reading the text of a file.

use std::{fs, path::Path};

use anyhow::Context;

/// The text of a file with LF at the ends of its lines, as it was written: a checkout may have replaced these by
/// CRLF, which is not a change of the content.
pub fn read(path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    Ok(text.replace("\r\n", "\n"))
}
