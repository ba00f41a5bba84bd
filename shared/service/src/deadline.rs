//! An end to waiting: the host has none of its own.

use std::{pin::pin, time::Duration};

use futures::future::{Either, select};
use spin_sdk::wasip3::clocks::monotonic_clock;

/// The work was not done in time, and was dropped.
#[derive(Clone, Copy, Debug)]
pub struct Elapsed;

/// Waits for the work, but no longer than the limit.
pub async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, Elapsed> {
    let nanoseconds = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
    let work = pin!(work);
    let end = pin!(monotonic_clock::wait_for(nanoseconds));
    match select(work, end).await {
        Either::Left((done, _)) => Ok(done),
        Either::Right(((), _)) => Err(Elapsed),
    }
}
