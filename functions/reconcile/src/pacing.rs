//! Limits of concurrent requests and of requests per second.

use std::cell::Cell;

use futures::stream::{self, StreamExt, TryStreamExt};

/// How many requests are in progress at a time.
const AT_ONCE: usize = 8;

/// Nanoseconds from one request to the next: a thousand a second.
const INTERVAL: u64 = 1_000_000;

/// The times at which requests may be sent.
#[derive(Debug, Default)]
pub struct Pace(Cell<u64>);

impl Pace {
    /// When the next request may be sent, on a clock of nanoseconds.
    pub fn turn(&self, now: u64) -> u64 {
        let turn = self.0.get().max(now);
        self.0.set(turn.saturating_add(INTERVAL));
        turn
    }
}

/// The results of requests, in their order; the first failure ends all of them.
pub async fn all<T, E>(
    requests: impl IntoIterator<Item = impl Future<Output = Result<T, E>>>,
) -> Result<Vec<T>, E> {
    let answers = stream::iter(requests).buffered(AT_ONCE);
    answers.try_collect().await
}

#[cfg(test)]
mod tests {
    use std::future;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn requests_take_turns_a_millisecond_apart() {
        let pace = Pace::default();
        assert_eq!(pace.turn(5_000_000), 5_000_000);
        assert_eq!(pace.turn(5_000_001), 6_000_000);
        assert_eq!(pace.turn(5_000_002), 7_000_000);
        assert_eq!(pace.turn(90_000_000), 90_000_000);
    }

    #[test]
    fn no_more_than_eight_are_under_way() {
        let begun = Cell::new(0);
        let requests = (0..20).map(|_| {
            begun.set(begun.get() + 1);
            future::pending::<Result<(), ()>>()
        });
        let mut all = std::pin::pin!(all(requests));
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(all.as_mut().poll(&mut context), Poll::Pending));
        assert_eq!(begun.get(), 8);
    }
}
