//! What the bindings do for a call that one task awaits, for one that tasks await in turn.

#![expect(unsafe_code, reason = "the canonical ABI is raw")]

use std::{ffi::c_void, ptr, rc::Rc, time::Duration};

use super::{Alarm, nanoseconds};

/// The task that runs, as every executor of the component shows itself to imports.
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

/// Begins a timer: its subtask, and whether it has ended already, when there is none.
pub fn wait_for(duration: Duration) -> (u32, bool) {
    // SAFETY: the import takes a number and gives a packed one.
    let packed = unsafe { async_wait_for(nanoseconds(duration)) };
    // The state of the call stands in four bits (Component Model, canonical ABI, `canon lower`).
    let subtask = packed >> 4;
    (subtask, subtask == 0)
}

/// Lets the timer's end wake the task that runs.
pub fn register(alarm: &Rc<Alarm>) {
    let argument = Rc::as_ptr(alarm).cast_mut().cast();
    with_task(|task| {
        // SAFETY: the task is the one that runs; the argument lives until `unregister` or `ring`, since
        // who waits holds it.
        unsafe { (task.waitable_register)(task.this, alarm.subtask, ring, argument) };
    });
}

/// Called by the task's executor when the timer has ended.
unsafe extern "C" fn ring(argument: *mut c_void, _status: u32) {
    // SAFETY: it is what `register` gave, and who waits holds it.
    let alarm = unsafe { &*argument.cast::<Alarm>() };
    alarm.rung.set(true);
    if let Some(waker) = alarm.waker.take() {
        waker.wake();
    }
}

/// Lets the timer's end wake nobody.
pub fn unregister(alarm: &Alarm) {
    with_task(|task| {
        // SAFETY: the task is the one that runs, which waited.
        unsafe { (task.waitable_unregister)(task.this, alarm.subtask) };
    });
}

/// Lets go of a timer that has ended.
pub fn drop(alarm: &Alarm) {
    if alarm.subtask != 0 {
        // SAFETY: its end has been delivered, and nobody uses it from here on.
        unsafe { subtask_drop(alarm.subtask) };
    }
}

/// The executor's code takes the task out and puts it back in the same way: there is no other way to see
/// it.
fn with_task(work: impl FnOnce(&Task)) {
    // SAFETY: the task lives while it runs, and it runs this.
    unsafe {
        let task = wasip3_task_set(ptr::null_mut());
        if let Some(task) = task.as_ref() {
            work(task);
        }
        wasip3_task_set(task);
    }
}
