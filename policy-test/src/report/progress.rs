//! The progress of a run that takes long.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A run that takes less is not reported.
const SILENT: Duration = Duration::from_secs(2);
/// The interval of reports on a terminal, where one line is rewritten.
const OFTEN: Duration = Duration::from_millis(250);
/// The interval of reports elsewhere, each on a new line.
const SELDOM: Duration = Duration::from_secs(10);

/// Reports the progress on standard error until it is dropped.
#[derive(Debug)]
pub struct Progress {
    state: Arc<Mutex<String>>,
    end: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts reporting.
    pub fn begin() -> Self {
        let state = Arc::new(Mutex::new(String::new()));
        let (end, ended) = mpsc::channel();
        let seen = Arc::clone(&state);
        let teller = thread::spawn(move || tell(&seen, &ended));
        Self {
            state,
            end: Some((end, teller)),
        }
    }

    /// Sets the progress: `done` of `total`.
    pub fn tell(&self, what: &str, done: usize, total: usize) {
        let text = format!("{done} of {total} {what} …");
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, teller)) = self.end.take() {
            drop(end);
            let _ = teller.join();
        }
    }
}

fn tell(state: &Mutex<String>, ended: &mpsc::Receiver<()>) {
    let goes_on = |time| ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    let is_terminal = stderr().is_terminal();
    let mut wait = SILENT;
    while goes_on(wait) {
        let text = state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // If standard error is closed, the progress cannot be reported.
        let _ = if is_terminal {
            write!(stderr(), "\r\x1b[K{text}")
        } else {
            writeln!(stderr(), "{text}")
        };
        wait = if is_terminal { OFTEN } else { SELDOM };
    }
    if is_terminal && wait == OFTEN {
        let _ = write!(stderr(), "\r\x1b[K");
    }
}
