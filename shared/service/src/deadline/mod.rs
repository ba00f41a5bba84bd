//! Timeouts, which the host does not have.
//!
//! Only this folder uses the canonical ABI directly: `alarm` and `abi` save the 11 to 13 µs that cancelling a timer
//! costs a request, `entry` saves two turns through the host's queue (`docs/throughput.md`). The first two can be
//! removed when a host cancels a timer without suspending the component, the third when the bindings' executor polls
//! again before it yields; `within` remains.

mod abi;
mod alarm;
pub mod entry;

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use spin_sdk::wasip3::clocks::monotonic_clock;

use abi::nanoseconds;
use alarm::Ring;

/// The work did not finish in time and was dropped.
#[derive(Clone, Copy, Debug)]
pub struct Elapsed;

/// Waits for the work, but no longer than the limit, which is at least [`alarm::LENGTH`].
pub async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, Elapsed> {
    debug_assert!(limit >= alarm::LENGTH, "a timer must not outlast the limit");
    let end = clock::monotonic_nanoseconds().saturating_add(nanoseconds(limit));
    let mut work = pin!(work);
    if let Some(done) = before(&mut work, async { Ring::next().await }).await {
        return Ok(done);
    }
    let left = end.saturating_sub(clock::monotonic_nanoseconds());
    before(&mut work, monotonic_clock::wait_for(left))
        .await
        .ok_or(Elapsed)
}

/// The result of the work, if it is done before the other future.
async fn before<T>(
    work: &mut (impl Future<Output = T> + Unpin),
    other: impl Future<Output = ()>,
) -> Option<T> {
    let (mut work, mut other) = (pin!(work), pin!(other));
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => other.as_mut().poll(cx).map(|()| None),
    })
    .await
}
