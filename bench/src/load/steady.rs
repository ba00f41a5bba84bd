//! Requests at a steady rate beside whatever is measured, on a separate thread.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use futures::future::try_join_all;
use hyper::header::HeaderValue;

use super::client::Client;
use super::in_turn::InTurn;
use super::{Round, Target, on_one_thread};
use crate::figures::Beside;

/// The maximum number of requests in flight, however late they are.
const CONNECTIONS: usize = 16;
/// While a connection waits for its next request's time, it checks at this interval whether the round is over.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// The requests; each round continues where the last one stopped.
pub struct Steady {
    targets: InTurn<Target>,
    token: HeaderValue,
    per_second: f64,
}

impl Steady {
    /// These requests in turn, by one caller.
    pub fn new(targets: Vec<Target>, token: HeaderValue, per_second: f64) -> Self {
        Self {
            targets: InTurn::new(targets),
            token,
            per_second,
        }
    }

    /// Measures a round while they are sent. An unexpected answer fails the round.
    pub fn beside(&self, round: impl FnOnce() -> Result<Round>) -> Result<Round> {
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let sender = scope.spawn(|| on_one_thread(self.send(&over)));
            let round = round();
            over.store(true, Ordering::Relaxed);
            let sent = sender.join().map_err(|_| anyhow!("the sender panicked"))?;
            let beside = sent.context("what comes beside it")?;
            let mut round = round?;
            round.beside = Some(beside);
            Ok(round)
        })
    }

    async fn send(&self, over: &AtomicBool) -> Result<Beside> {
        let target = self.targets.first()?;
        let clients = (0..CONNECTIONS).map(|_| Client::connect(target));
        let clients = try_join_all(clients).await?;
        let times = Times::new(self.per_second);
        let senders = clients
            .into_iter()
            .map(|client| self.take_turns(client, &times, over));
        let answered: u64 = try_join_all(senders).await?.into_iter().sum();
        Ok(Beside {
            requests: answered,
            per_second: answered as f64 / times.begin.elapsed().as_secs_f64(),
            asked_per_second: self.per_second,
        })
    }

    /// Sends each request whose turn falls to this connection, and counts the answers.
    async fn take_turns(
        &self,
        mut client: Client,
        times: &Times,
        over: &AtomicBool,
    ) -> Result<u64> {
        let mut answered = 0;
        loop {
            let due = times.next();
            loop {
                if over.load(Ordering::Relaxed) {
                    return Ok(answered);
                }
                let left = due.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                tokio::time::sleep(left.min(BETWEEN_LOOKS)).await;
            }
            client.ask(self.targets.next()?, self.token.clone()).await?;
            answered += 1;
        }
    }
}

/// The times of the requests. A late request is sent at once, so that the overall rate is kept.
struct Times {
    begin: Instant,
    between: Duration,
    given: Cell<u32>,
}

impl Times {
    fn new(per_second: f64) -> Self {
        Self {
            begin: Instant::now(),
            between: Duration::from_secs_f64(1.0 / per_second),
            given: Cell::new(0),
        }
    }

    fn next(&self) -> Instant {
        let given = self.given.get();
        self.given.set(given + 1);
        self.begin + self.between * given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_far_apart_as_the_rate_says() {
        let times = Times::new(4.0);
        let apart: Vec<_> = (0..3).map(|_| times.next() - times.begin).collect();
        assert_eq!(apart, [0, 250, 500].map(Duration::from_millis));
    }
}
