//! A gate at which a server waits until a test opens it.

use std::{
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

/// Longer than a server takes to reach it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Closed at first. Its clones are the same gate.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    is_open: bool,
}

impl Gate {
    /// Waits until it is opened.
    pub fn pass(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.waiting += 1;
        changed.notify_all();
        drop(changed.wait_timeout_while(state, PATIENCE, |state| !state.is_open));
    }

    /// Waits until somebody waits at it, or has waited.
    #[track_caller]
    pub fn wait(&self) {
        let (state, changed) = &*self.0;
        let state = state.lock().unwrap();
        let (state, _) = changed
            .wait_timeout_while(state, PATIENCE, |state| state.waiting == 0)
            .unwrap();
        assert!(state.waiting > 0, "nobody came to the gate");
    }

    /// Lets everybody pass, now and later.
    pub fn open(&self) {
        let (state, changed) = &*self.0;
        state.lock().unwrap().is_open = true;
        changed.notify_all();
    }
}
