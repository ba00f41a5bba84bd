//! Log lines on stdout, where the host reads a component's log.

use std::io::Write;

use serde::Serialize;

/// A problem that an operator should fix, with the time.
#[derive(Serialize)]
struct Warning<'a, T> {
    time: String,
    #[serde(flatten)]
    what: &'a T,
}

/// Logs a problem that an operator should fix.
pub fn warning(what: &impl Serialize) {
    let time = clock::now().to_string();
    line(&Warning { time, what });
}

/// Writes a line at once, so that the lines of concurrent requests never mix.
pub fn line(line: &impl Serialize) {
    if let Ok(mut json) = serde_json::to_vec(line) {
        json.push(b'\n');
        // A log that cannot be written must not fail the request.
        let _ = std::io::stdout().write_all(&json);
    }
}
