//! How long tests wait, and how long a Shell may take.

use std::{
    thread,
    time::{Duration, Instant},
};

/// The time until a Redis that fell behind is detected, and the time of a request.
pub const BOUND: Duration = Duration::from_millis(1_500);

/// Longer than all deadlines of a request together, but finite.
const PATIENCE: Duration = Duration::from_secs(6);

/// Waits so many milliseconds.
pub fn pause(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

/// Asserts that something does not hang.
#[track_caller]
pub fn soon<T>(work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    assert!(started.elapsed() < PATIENCE, "took {:?}", started.elapsed());
    done
}
