//! The one place that takes time and randomness from the host; everything else is given them.

mod identifier;
mod timestamp;

pub use identifier::uuid_v7;
pub use timestamp::{Timestamp, utc};

#[cfg(target_family = "wasm")]
mod host {
    use crate::{Timestamp, uuid_v7};

    /// The time of day.
    pub fn now() -> Timestamp {
        let now = wasi::clocks::wall_clock::now();
        Timestamp::from_unix(now.seconds, now.nanoseconds)
    }

    /// Nanoseconds on a clock that never goes back, for measuring how long something took.
    pub fn monotonic_nanoseconds() -> u64 {
        wasi::clocks::monotonic_clock::now()
    }

    /// A new UUIDv7 (RFC 9562, section 5.7).
    pub fn new_identifier() -> uuid::Uuid {
        identifier_at(now())
    }

    /// The same of a moment that was asked for already.
    pub fn identifier_at(now: Timestamp) -> uuid::Uuid {
        uuid_v7(now, wasi::random::random::get_random_u64())
    }
}

#[cfg(target_family = "wasm")]
pub use host::{identifier_at, monotonic_nanoseconds, new_identifier, now};
