//! An end to waiting: the host has none of its own.
//!
//! To end a timer before its time costs the host more than to begin one, and most of what a store call
//! costs beside the call. So a request has one timer, which goes from one wait to the next.

use std::{cell::Cell, future::poll_fn, pin::Pin, pin::pin, task::Poll, time::Duration};

use futures::future::{Either, select};
use spin_sdk::wasip3::clocks::monotonic_clock;

/// The work was not done in time, and was dropped.
#[derive(Clone, Copy, Debug)]
pub struct Elapsed;

/// A timer of the host's.
pub struct Timer {
    /// On the host's monotonic clock.
    ends: u64,
    wait: Pin<Box<dyn Future<Output = ()>>>,
}

impl Timer {
    fn until(ends: u64) -> Self {
        Self {
            ends,
            wait: Box::pin(monotonic_clock::wait_until(ends)),
        }
    }
}

/// Where the timer of the request that runs just now is between two waits. Another request's timer
/// must not be waited for.
enum Place {
    /// What runs is no request.
    None,
    Request(Option<Timer>),
}

thread_local! {
    static PLACE: Cell<Place> = const { Cell::new(Place::None) };
}

/// Runs a request's work with a place for its timer. What is left there is for the caller to drop, when
/// nobody waits for that.
pub async fn with_timer<T>(work: impl Future<Output = T>) -> (T, Option<Timer>) {
    let mut work = pin!(work);
    let mut timer = None;
    let done = poll_fn(|cx| {
        PLACE.set(Place::Request(timer.take()));
        let poll = work.as_mut().poll(cx);
        if let Place::Request(left) = PLACE.replace(Place::None) {
            timer = left;
        }
        poll
    });
    let done = done.await;
    (done, timer)
}

/// Waits for the work, but no longer than the limit.
pub async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, Elapsed> {
    let mut work = pin!(work);
    if let Poll::Ready(done) = futures::poll!(work.as_mut()) {
        return Ok(done);
    }
    let nanoseconds = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
    let end = monotonic_clock::now().saturating_add(nanoseconds);
    let mut timer = take()
        .filter(|timer| timer.ends <= end)
        .unwrap_or_else(|| Timer::until(end));
    loop {
        match select(work.as_mut(), timer.wait.as_mut()).await {
            Either::Left((done, _)) => {
                keep(timer);
                return Ok(done);
            }
            Either::Right(((), _)) if timer.ends < end => timer = Timer::until(end),
            Either::Right(((), _)) => return Err(Elapsed),
        }
    }
}

fn take() -> Option<Timer> {
    match PLACE.replace(Place::None) {
        Place::None => None,
        Place::Request(timer) => {
            PLACE.set(Place::Request(None));
            timer
        }
    }
}

fn keep(timer: Timer) {
    if let Place::Request(_) = PLACE.replace(Place::None) {
        PLACE.set(Place::Request(Some(timer)));
    }
}
