//! Reading the text of a file.

use std::{fs, path::Path};

use anyhow::Context;

/// A file's text with LF at its lines' ends, as it was when it was written: a checkout may have made
/// CRLF of them, which is no change of what the file says.
pub fn read(path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    Ok(text.replace("\r\n", "\n"))
}
