//! A place where a server waits until a test lets it go on.

use std::{
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

/// Longer than anything takes to come to it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Shut at first. Its clones are the same gate.
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

    /// Waits until somebody stands, or stood, before it.
    #[track_caller]
    pub fn wait(&self) {
        let (state, changed) = &*self.0;
        let state = state.lock().unwrap();
        let (state, _) = changed
            .wait_timeout_while(state, PATIENCE, |state| state.waiting == 0)
            .unwrap();
        assert!(state.waiting > 0, "nobody came to the gate");
    }

    /// Lets through whoever waits or comes.
    pub fn open(&self) {
        let (state, changed) = &*self.0;
        state.lock().unwrap().is_open = true;
        changed.notify_all();
    }
}
