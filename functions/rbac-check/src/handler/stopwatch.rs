//! The time that the decisions of a request take: meanwhile, the instance's other requests wait.

use http::StatusCode;
use service::problem::Problem;

/// How long the decisions of one request may hold up other requests, in milliseconds.
const LONGEST: u64 = 1_000;

/// Measures the time that decisions take; waiting for a store does not count.
pub struct Stopwatch {
    started_at: u64,
    before: u64,
}

impl Stopwatch {
    /// Starts at zero.
    pub fn start() -> Self {
        Self::going_on(0)
    }

    /// Continues after this number of milliseconds.
    pub fn going_on(before: u64) -> Self {
        Self {
            started_at: clock::now().unix_milliseconds(),
            before,
        }
    }

    /// The milliseconds until now.
    pub fn spent(&self) -> u64 {
        let since = clock::now().unix_milliseconds();
        self.before + since.saturating_sub(self.started_at)
    }

    /// Whether there is time for another decision.
    pub fn has_time(&self) -> bool {
        self.spent() < LONGEST
    }
}

/// The answer to a request that cannot be completed in time.
pub fn too_long() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-long",
        "The request took too long to decide",
    )
    .with_detail("nothing was written; send fewer resources at once")
}
