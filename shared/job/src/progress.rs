//! The progress of a job: a line that is rewritten on a terminal, plain lines elsewhere.

use std::io::{self, Read, Write};

/// The interval between two lines, in nanoseconds: short on a terminal, long in a log.
const TERMINAL_INTERVAL: u64 = 100_000_000;
const LOG_INTERVAL: u64 = 2_000_000_000;

/// When the last line was printed, and how. Nothing is printed during the first interval, so short work prints
/// nothing.
struct Progress {
    on_terminal: bool,
    last_line: u64,
}

/// A source of known length that reports how much of it has been read.
pub struct Watched<R> {
    source: R,
    what: String,
    length: u64,
    read: u64,
    progress: Progress,
}

/// Work of unknown length that reports how much of it has been done.
pub struct Counted {
    what: String,
    done: u64,
    progress: Progress,
}

impl Progress {
    fn new() -> Self {
        Self {
            on_terminal: wasi::cli::terminal_stderr::get_terminal_stderr().is_some(),
            last_line: clock::monotonic_nanoseconds(),
        }
    }

    fn show(&mut self, how_far: impl FnOnce() -> String) {
        let now = clock::monotonic_nanoseconds();
        let interval = if self.on_terminal {
            TERMINAL_INTERVAL
        } else {
            LOG_INTERVAL
        };
        if now.saturating_sub(self.last_line) < interval {
            return;
        }
        self.last_line = now;
        let (start, end) = if self.on_terminal {
            ("\r", "")
        } else {
            ("", "\n")
        };
        // A terminal that was closed must not end the job.
        let _ = write!(io::stderr(), "{start}{}{end}", how_far());
        let _ = io::stderr().flush();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.on_terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl<R> Watched<R> {
    /// Watches `source`, of `length` bytes; `what` describes the work.
    pub fn new(source: R, what: impl Into<String>, length: u64) -> Self {
        Self {
            source,
            what: what.into(),
            length,
            read: 0,
            progress: Progress::new(),
        }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.read += count as u64;
        let percent = self.read * 100 / self.length.max(1);
        self.progress.show(|| format!("{}: {percent} %", self.what));
        Ok(count)
    }
}

impl Counted {
    /// Starts to count at zero; `what` describes the work.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            done: 0,
            progress: Progress::new(),
        }
    }

    /// Adds finished work.
    pub fn add(&mut self, more: u64) {
        self.done += more;
        self.progress
            .show(|| format!("{}: {} rows", self.what, self.done));
    }
}
