//! What the bindings do for a call that one task awaits, here for a call that several tasks await one after the
//! other.
//!
//! Written for the first version of the interface (`WASIP3_TASK_V1` in wit-bindgen 0.57); with another version, timers
//! are not handed on, and each wait has its own timer.

#![expect(unsafe_code, reason = "the canonical ABI is raw")]

use std::{cell::Cell, ffi::c_void, ptr, rc::Rc, task::Waker, time::Duration};

/// A timer that is running or has ended.
pub struct Alarm {
    pub subtask: u32,
    pub rung: Cell<bool>,
    /// The waker of the task that waits for it.
    pub waker: Cell<Option<Waker>>,
}

/// The current task, as every executor of the component shows itself to imports.
#[repr(C)]
struct Task {
    version: u32,
    this: *mut c_void,
    waitable_register: unsafe extern "C" fn(
        this: *mut c_void,
        waitable: u32,
        callback: unsafe extern "C" fn(*mut c_void, u32),
        argument: *mut c_void,
    ) -> *mut c_void,
    waitable_unregister: unsafe extern "C" fn(this: *mut c_void, waitable: u32) -> *mut c_void,
}

unsafe extern "C" {
    fn wasip3_task_set(task: *mut Task) -> *mut Task;
}

#[link(wasm_import_module = "wasi:clocks/monotonic-clock@0.3.0")]
unsafe extern "C" {
    #[link_name = "[async-lower]wait-for"]
    fn async_wait_for(nanoseconds: u64) -> u32;
}

#[link(wasm_import_module = "$root")]
unsafe extern "C" {
    #[link_name = "[subtask-drop]"]
    fn subtask_drop(subtask: u32);
}

/// Starts a timer. Returns its subtask, and whether it has already ended, in which case there is no subtask.
pub fn wait_for(duration: Duration) -> (u32, bool) {
    // SAFETY: the import takes a number and returns a packed one.
    let packed = unsafe { async_wait_for(nanoseconds(duration)) };
    // The state of the call is in the lowest four bits (Component Model, canonical ABI, `canon lower`).
    let subtask = packed >> 4;
    (subtask, subtask == 0)
}

/// Registers the current task to be woken at the end of the timer. Returns whether this succeeded.
pub fn register(alarm: &Rc<Alarm>) -> bool {
    let argument = Rc::as_ptr(alarm).cast_mut().cast();
    with_task(|task| {
        // SAFETY: the task is the current one; the argument lives until `unregister` or `ring`, since the waiting
        // task holds it.
        unsafe { ((*task).waitable_register)((*task).this, alarm.subtask, ring, argument) };
    })
}

/// Called by the task's executor when the timer has ended.
unsafe extern "C" fn ring(argument: *mut c_void, _status: u32) {
    // SAFETY: it is the argument that `register` passed, and the waiting task holds it.
    let alarm = unsafe { &*argument.cast::<Alarm>() };
    alarm.rung.set(true);
    if let Some(waker) = alarm.waker.take() {
        waker.wake();
    }
}

/// Unregisters the timer, so that its end wakes no task.
pub fn unregister(alarm: &Alarm) {
    with_task(|task| {
        // SAFETY: the task is the current one, which waited.
        unsafe { ((*task).waitable_unregister)((*task).this, alarm.subtask) };
    });
}

/// Releases a timer that has ended.
pub fn drop(alarm: &Alarm) {
    if alarm.subtask != 0 {
        // SAFETY: its end has been delivered, and it is not used from here on.
        unsafe { subtask_drop(alarm.subtask) };
    }
}

/// The version of the interface for which this was written.
const VERSION: u32 = 1;

/// Works with the current task, if there is one and its interface is known; returns whether it did. The executor's
/// code takes the task out and puts it back in the same way: there is no other way to see it. The functions that are
/// called make references to the task, so none is made here.
fn with_task(work: impl FnOnce(*mut Task)) -> bool {
    // SAFETY: the task lives while it runs, and this code runs in it; every version begins with its number.
    unsafe {
        let task = wasip3_task_set(ptr::null_mut());
        let is_known = !task.is_null() && (*task).version == VERSION;
        if is_known {
            work(task);
        }
        wasip3_task_set(task);
        is_known
    }
}

pub fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
