//! A program's output, stored in a file and also shown.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read, Write};
use std::path::Path;
use std::thread;

use anyhow::{Context as _, Result};

/// An empty log file.
pub fn create(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .open(path)
        .and_then(|_| OpenOptions::new().append(true).open(path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The last lines of a log, indented, for an error message.
#[must_use]
pub fn tail(path: &Path, lines: usize) -> String {
    let Ok(file) = File::open(path) else {
        return format!("  (no log at {})", path.display());
    };
    let mut last = VecDeque::new();
    for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
        last.push_back(format!("  {}", String::from_utf8_lossy(&line)));
        if last.len() > lines {
            last.pop_front();
        }
    }
    last.push_back(format!("  (from {})", path.display()));
    Vec::from(last).join("\n")
}

/// Copies output line by line to its log and on to `shown` until the program closes it.
///
/// Neither a full disk nor a closed terminal may block the program that writes.
pub fn follow(
    output: impl Read + Send + 'static,
    mut log: File,
    mut shown: impl Write + Send + 'static,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output
            .read_until(b'\n', &mut line)
            .is_ok_and(|count| count > 0)
        {
            let _ = log.write_all(&line);
            let _ = shown.write_all(&line).and_then(|()| shown.flush());
            line.clear();
        }
    })
}
