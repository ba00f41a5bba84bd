//! Timers of the host that one request passes on to the next.
//!
//! Cancelling a timer early costs more than anything else about it: the host suspends the component until the timer
//! is gone. Nearly every wait is over long before. So a timer is left running, and the next wait in the instance uses
//! it as well.
//!
//! No request wakes another by this: the timer itself wakes the task that waits for it at that moment. The bindings
//! cannot pass a wait on, so this code uses the executor's interface for other languages and versions (`wasip3_task`,
//! see `rt/async_support/cabi.rs` in wit-bindgen).

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use spin_sdk::wasip3::{self, clocks::monotonic_clock};

use super::abi::{self, Alarm, nanoseconds};

/// How long a timer runs. No wait has a shorter limit.
pub const LENGTH: Duration = Duration::from_millis(250);
/// The interval at which it is checked whether the request that waits for a timer has seen its end.
const MOMENT: Duration = Duration::from_millis(10);

thread_local! {
    /// The timers for which no task waits.
    static IDLE: RefCell<Vec<Rc<Alarm>>> = const { RefCell::new(Vec::new()) };
}

/// Waits for the end of a timer that was started in the last 250 ms.
pub struct Ring {
    alarm: Rc<Alarm>,
    registered: bool,
}

impl Ring {
    /// Uses a timer for which no task waits, or a new one.
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
        // If it cannot be waited for, it counts as ended: the rest of the wait gets its own timer.
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

/// A new timer, which belongs to the current request.
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

/// Keeps the task of the request that started a timer until the timer has ended, long after the answer: wasmtime 47
/// fails when a call ends after its caller.
async fn outlive(alarm: Rc<Alarm>) {
    monotonic_clock::wait_for(nanoseconds(LENGTH)).await;
    while !alarm.rung.get() {
        match take_back(&alarm) {
            Some(ring) => ring.await,
            None => monotonic_clock::wait_for(nanoseconds(MOMENT)).await,
        }
    }
}

/// Takes the timer back if no task waits for it.
fn take_back(alarm: &Rc<Alarm>) -> Option<Ring> {
    IDLE.with_borrow_mut(|idle| {
        let place = idle.iter().position(|idle| Rc::ptr_eq(idle, alarm))?;
        Some(Ring::of(idle.swap_remove(place)))
    })
}
