//! An end to waiting: the host has none of its own.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use spin_sdk::wasip3::clocks::monotonic_clock;

use crate::alarm::{self, Ring, nanoseconds};

/// The work was not done in time, and was dropped.
#[derive(Clone, Copy, Debug)]
pub struct Elapsed;

/// Waits for the work, but no longer than the limit, which is at least [`alarm::LENGTH`].
pub async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, Elapsed> {
    debug_assert!(limit >= alarm::LENGTH, "a timer must not outlast the limit");
    let end = monotonic_clock::now().saturating_add(nanoseconds(limit));
    let mut work = pin!(work);
    if let Some(done) = before(&mut work, async { Ring::next().await }).await {
        return Ok(done);
    }
    let left = end.saturating_sub(monotonic_clock::now());
    before(&mut work, monotonic_clock::wait_for(left))
        .await
        .ok_or(Elapsed)
}

/// What the work gives, if it is done before the other.
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
