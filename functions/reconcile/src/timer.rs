//! Waiting until a time, while requests are in progress.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use spin_executor::CancelOnDropToken;
use wasi_jobs::clocks::monotonic_clock;

/// A future that ends at a time of the monotonic clock.
pub struct Timer {
    until: u64,
    waiting: Option<CancelOnDropToken>,
}

impl Timer {
    /// Ends at a time, in nanoseconds.
    pub fn at(until: u64) -> Self {
        Self {
            until,
            waiting: None,
        }
    }

    /// Ends after a duration.
    pub fn after(duration: Duration) -> Self {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self::at(clock::monotonic_nanoseconds().saturating_add(nanoseconds))
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if clock::monotonic_nanoseconds() >= self.until {
            self.waiting = None;
            return Poll::Ready(());
        }
        let pollable = monotonic_clock::subscribe_instant(self.until);
        let waker = context.waker().clone();
        let token = spin_executor::push_waker_and_get_token(pollable, waker);
        self.waiting = Some(token.into());
        Poll::Pending
    }
}
