//! How long tests wait, and how long they let a Shell take.

use std::{
    thread,
    time::{Duration, Instant},
};

/// The bound of what a Redis that fell behind can show, and a request.
pub const BOUND: Duration = Duration::from_millis(1_500);

/// Longer than every deadline of a request together, and far from for ever.
const PATIENCE: Duration = Duration::from_secs(6);

/// Waits so many milliseconds.
pub fn pause(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

/// Demands that something does not hang.
#[track_caller]
pub fn soon<T>(work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    assert!(started.elapsed() < PATIENCE, "took {:?}", started.elapsed());
    done
}
