//! The only place that takes time and randomness from the host; all other code gets them as arguments.

mod identifier;
mod timestamp;

pub use identifier::uuid_v7;
pub use timestamp::{Timestamp, utc, utc_of_unix_microseconds, utc_to_keep};

#[cfg(target_family = "wasm")]
#[allow(clippy::disallowed_methods, reason = "this is the place")]
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

    /// The same for a moment that has been read already.
    pub fn identifier_at(now: Timestamp) -> uuid::Uuid {
        uuid_v7(now, random_bits())
    }

    /// Random bits that cannot be guessed.
    pub fn random_bits() -> u64 {
        wasi::random::random::get_random_u64()
    }

    /// This number of such values.
    pub fn many_random_bits(count: usize) -> Vec<u64> {
        const EACH: usize = size_of::<u64>();
        let length = u64::try_from(count * EACH).unwrap_or(u64::MAX);
        let bytes = wasi::random::random::get_random_bytes(length);
        let (chunks, _) = bytes.as_chunks::<EACH>();
        chunks.iter().copied().map(u64::from_ne_bytes).collect()
    }
}

#[cfg(target_family = "wasm")]
pub use host::{
    identifier_at, many_random_bits, monotonic_nanoseconds, new_identifier, now, random_bits,
};
