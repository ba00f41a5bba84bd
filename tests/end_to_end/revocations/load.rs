//! A load of revoked and other tokens, with each answer checked.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tests::{
    Shell,
    decisions::{ONE, question},
    waiting::pause,
};

/// How soon after a fault everything must succeed again.
const RECOVERY: Duration = Duration::from_secs(10);

/// The results of a load.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Answers to revoked tokens other than 401 and 503.
    pub allowed: Vec<String>,
    /// The number of revoked tokens answered with 401.
    pub refused: u64,
    /// The number of other tokens answered with 200.
    pub served: u64,
    /// Answers to other tokens other than 200 and 503.
    pub wrong: Vec<String>,
    /// The number of both answered with 503.
    pub unavailable: u64,
}

pub(crate) struct Load<'s> {
    pub shell: &'s Shell,
    pub revoked: Mutex<Vec<String>>,
    pub standing: Vec<String>,
    pub over: AtomicBool,
    pub tally: Mutex<Tally>,
}

impl Load<'_> {
    /// Sends requests with revoked tokens to one function after the other, and with the other tokens.
    pub(crate) fn repeat(&self, mut at: usize) {
        while !self.over.load(Ordering::SeqCst) {
            at += 1;
            let revoked = self.revoked.lock().unwrap();
            let token = revoked[at % revoked.len()].clone();
            drop(revoked);
            self.ask_revoked(&token, at);
            self.ask_standing(&self.standing[at % self.standing.len()]);
        }
    }

    fn ask_revoked(&self, token: &str, at: usize) -> u16 {
        let request = match at % 3 {
            0 => self.shell.get("/v1/apps"),
            1 => {
                let question = question("somebody", "read");
                self.shell.request("POST", ONE).json(&question)
            }
            _ => {
                let event = json!({"action": "document.read", "outcome": "success"});
                self.shell.request("POST", "/v1/audit-events").json(&event)
            }
        };
        let answer = request.bearing(token).send();
        let mut tally = self.tally.lock().unwrap();
        match answer.status {
            401 => tally.refused += 1,
            503 => tally.unavailable += 1,
            status => tally
                .allowed
                .push(format!("{status} {token} {}", answer.body)),
        }
        answer.status
    }

    fn ask_standing(&self, token: &str) -> u16 {
        let answer = self.shell.get("/v1/apps").bearing(token).send();
        let mut tally = self.tally.lock().unwrap();
        match answer.status {
            200 => tally.served += 1,
            503 => tally.unavailable += 1,
            status => tally
                .wrong
                .push(format!("{status} {token} {}", answer.body)),
        }
        answer.status
    }

    /// Asserts that each token soon gets the right answer.
    pub(crate) fn settle(&self) {
        let begun = Instant::now();
        let soon = |answers: &dyn Fn() -> bool| {
            while !answers() {
                assert!(begun.elapsed() < RECOVERY, "{:?}", self.tally);
                pause(20);
            }
        };
        let revoked = self.revoked.lock().unwrap().clone();
        for (at, token) in revoked.iter().enumerate() {
            soon(&|| self.ask_revoked(token, at) == 401);
        }
        for token in &self.standing {
            soon(&|| self.ask_standing(token) == 200);
        }
    }
}

/// Ends a load, even if the test fails; otherwise it would never end.
pub(crate) struct Over<'a>(pub &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
