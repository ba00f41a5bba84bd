//! Timers of the host that one request hands on to the next.
//!
//! To end a timer before its time costs more than anything else about it: the host suspends the component
//! until the timer is gone. Nearly every wait is over long before. So a timer is left to run, and what
//! waits next in the instance waits with it.
//!
//! No request wakes another by it: the timer itself wakes the one that waits with it just then. The
//! bindings cannot hand a wait on, so this speaks to the executor by the interface that it has for other
//! languages and versions (`wasip3_task`, see `rt/async_support/cabi.rs` in wit-bindgen).

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use spin_sdk::wasip3::{self, clocks::monotonic_clock};

use super::abi::{self, Alarm, nanoseconds};

/// How long a timer runs. Waits are no shorter.
pub const LENGTH: Duration = Duration::from_millis(250);
/// Between two looks whether the request that waits with a timer saw it end.
const MOMENT: Duration = Duration::from_millis(10);

thread_local! {
    /// The timers that no task waits with.
    static IDLE: RefCell<Vec<Rc<Alarm>>> = const { RefCell::new(Vec::new()) };
}

/// Waiting for the end of a timer that began in the last 250 ms.
pub struct Ring {
    alarm: Rc<Alarm>,
    registered: bool,
}

impl Ring {
    /// From a timer that no task waits with, or a new one.
    pub fn next() -> Self {
        let idle = IDLE.with_borrow_mut(Vec::pop);
        Self::of(idle.unwrap_or_else(begin))
    }

    fn of(alarm: Rc<Alarm>) -> Self {
        Self {
            alarm,
            registered: false,
        }
    }
}

impl Future for Ring {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.alarm.rung.get() {
            return Poll::Ready(());
        }
        self.alarm.waker.set(Some(cx.waker().clone()));
        if !self.registered {
            self.registered = abi::register(&self.alarm);
        }
        // What cannot be waited for is over at once: the rest of the wait has a timer of its own.
        if self.registered {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        if self.alarm.rung.get() {
            abi::drop(&self.alarm);
            return;
        }
        if self.registered {
            abi::unregister(&self.alarm);
        }
        self.alarm.waker.take();
        IDLE.with_borrow_mut(|idle| idle.push(Rc::clone(&self.alarm)));
    }
}

/// A new timer, which belongs to the request that runs.
fn begin() -> Rc<Alarm> {
    let (subtask, rung) = abi::wait_for(LENGTH);
    let alarm = Rc::new(Alarm {
        subtask,
        rung: Cell::new(rung),
        waker: Cell::new(None),
    });
    wasip3::spawn(outlive(Rc::clone(&alarm)));
    alarm
}

/// Keeps the task of the request that began a timer until the timer has ended, long after its answer:
/// wasmtime 47 fails when a call ends after its caller.
async fn outlive(alarm: Rc<Alarm>) {
    monotonic_clock::wait_for(nanoseconds(LENGTH)).await;
    while !alarm.rung.get() {
        match take_back(&alarm) {
            Some(ring) => ring.await,
            None => monotonic_clock::wait_for(nanoseconds(MOMENT)).await,
        }
    }
}

/// Takes the timer back if no task waits with it.
fn take_back(alarm: &Rc<Alarm>) -> Option<Ring> {
    IDLE.with_borrow_mut(|idle| {
        let place = idle.iter().position(|idle| Rc::ptr_eq(idle, alarm))?;
        Some(Ring::of(idle.swap_remove(place)))
    })
}
