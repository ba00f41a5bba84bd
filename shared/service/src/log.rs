//! Log lines on stdout, where the host reads a component's log.

use std::io::Write;

use serde::Serialize;

/// Something that an operator should mend, with the time.
#[derive(Serialize)]
struct Warning<'a, T> {
    time: String,
    #[serde(flatten)]
    what: &'a T,
}

/// Writes what an operator should mend.
pub fn warning(what: &impl Serialize) {
    let time = clock::now().to_string();
    line(&Warning { time, what });
}

/// One write a line, so that lines of requests in flight never mix.
pub fn line(line: &impl Serialize) {
    if let Ok(mut json) = serde_json::to_vec(line) {
        json.push(b'\n');
        // A log that cannot be written must not fail the request.
        let _ = std::io::stdout().write_all(&json);
    }
}
