//! The current time of the machine, as used in tokens and events.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Whole seconds since 1970-01-01T00:00:00Z.
pub fn seconds() -> u64 {
    since_1970().as_secs()
}

/// Whole milliseconds since 1970-01-01T00:00:00Z.
pub fn milliseconds() -> u64 {
    u64::try_from(since_1970().as_millis()).unwrap()
}

/// Waits for the next second: a token that is issued in the second of a cut-off is revoked with those before it.
pub fn wait_for_the_next_second() {
    let second = seconds();
    while seconds() == second {
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}
