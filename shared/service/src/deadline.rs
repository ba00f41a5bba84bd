//! An end to waiting: the host has none of its own.
//!
//! To end a timer before its time costs the host more than to begin one, and most of what a store call
//! costs beside the call. So a request has one timer, which goes from one wait to the next.

use std::{
    cell::Cell,
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use spin_sdk::wasip3::clocks::monotonic_clock;

/// The work was not done in time, and was dropped.
#[derive(Clone, Copy, Debug)]
pub struct Elapsed;

/// A timer of the host's.
pub struct Timer {
    nanoseconds: u64,
    wait: Pin<Box<dyn Future<Output = ()>>>,
}

impl Timer {
    fn start(nanoseconds: u64) -> Self {
        Self {
            nanoseconds,
            wait: Box::pin(monotonic_clock::wait_for(nanoseconds)),
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
    let limit = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
    let mut work = pin!(work);
    let mut timer = None;
    // Of this wait, on the host's clock, where the timer began before it and may end before it.
    let mut end = None;
    poll_fn(|cx| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            timer.take().into_iter().for_each(keep);
            return Poll::Ready(Ok(done));
        }
        let timer = timer.get_or_insert_with(|| match take(limit) {
            Some(running) => {
                end = Some(monotonic_clock::now().saturating_add(limit));
                running
            }
            None => Timer::start(limit),
        });
        while timer.wait.as_mut().poll(cx).is_ready() {
            let left = end.map_or(0, |end| end.saturating_sub(monotonic_clock::now()));
            if left == 0 {
                return Poll::Ready(Err(Elapsed));
            }
            *timer = Timer::start(left);
        }
        Poll::Pending
    })
    .await
}

/// The request's timer, if it cannot end later than one that would begin now.
fn take(limit: u64) -> Option<Timer> {
    match PLACE.replace(Place::None) {
        Place::None => None,
        Place::Request(timer) => {
            PLACE.set(Place::Request(None));
            timer.filter(|timer| timer.nanoseconds <= limit)
        }
    }
}

fn keep(timer: Timer) {
    if let Place::Request(_) = PLACE.replace(Place::None) {
        PLACE.set(Place::Request(Some(timer)));
    }
}
