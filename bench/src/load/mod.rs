//! The load: a closed loop of keep-alive HTTP/1.1 connections, on one thread.

mod client;
mod in_turn;
mod steady;
mod target;
mod tokens;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use hdrhistogram::Histogram;
use hyper::header::HeaderValue;
use tokio::task::{JoinSet, LocalSet};

use client::Client;
use in_turn::InTurn;
pub use steady::Steady;
pub use target::Target;
pub use tokens::Tokens;
use tokens::Turn;

use crate::figures::Beside;

/// The time before the measurement: the host starts instances, and they open their connections.
pub const WARM_UP: Duration = Duration::from_millis(300);

/// In microseconds; a request that takes longer is counted as this.
pub const LONGEST: u64 = 60_000_000;

/// The results of a round.
#[derive(Debug)]
pub struct Round {
    /// Answers or rows per second.
    pub per_second: f64,
    /// Microseconds from the request to the answer's last byte, where requests were made.
    pub latencies: Option<Histogram<u64>>,
    /// The accompanying requests, if there were to be any.
    pub beside: Option<Beside>,
}

/// The total duration of a round.
#[must_use]
pub fn duration_of(measured: Duration) -> Duration {
    WARM_UP + measured
}

/// Keeps so many connections busy for a time, with these requests in turn. An answer with another
/// status is an error.
pub fn round(
    targets: &[Target],
    tokens: Tokens,
    connections: usize,
    measured: Duration,
) -> Result<Round> {
    on_one_thread(run(targets, tokens, connections, measured))
}

/// Sends one request and returns the answer.
pub fn answer(target: &Target, token: HeaderValue) -> Result<Bytes> {
    on_one_thread(async { Client::connect(target).await?.ask(target, token).await })
}

fn on_one_thread<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the load generator")?;
    LocalSet::new().block_on(&runtime, work)
}

/// What the connections of a round share.
struct Shared {
    targets: InTurn<Target>,
    tokens: RefCell<Turn>,
    begin: Instant,
    end: Instant,
    latencies: RefCell<Histogram<u64>>,
    answered: RefCell<u64>,
}

async fn run(
    targets: &[Target],
    tokens: Tokens,
    connections: usize,
    measured: Duration,
) -> Result<Round> {
    let targets = InTurn::new(targets.to_vec());
    let mut clients = Vec::with_capacity(connections);
    for _ in 0..connections {
        clients.push(Client::connect(targets.first()?).await?);
    }
    let begin = Instant::now() + WARM_UP;
    let shared = Rc::new(Shared {
        targets,
        tokens: RefCell::new(Turn::new(tokens)),
        begin,
        end: begin + measured,
        latencies: RefCell::new(Histogram::new_with_max(LONGEST, 3)?),
        answered: RefCell::new(0),
    });
    let mut busy = JoinSet::new();
    for client in clients {
        busy.spawn_local(keep_busy(client, Rc::clone(&shared)));
    }
    while let Some(ended) = busy.join_next().await {
        ended??;
    }
    let answered = *shared.answered.borrow();
    if answered == 0 {
        let path = &shared.targets.first()?.path;
        bail!("{path} did not answer any request within {measured:?}");
    }
    Ok(Round {
        per_second: answered as f64 / measured.as_secs_f64(),
        latencies: Some(shared.latencies.borrow().clone()),
        beside: None,
    })
}

async fn keep_busy(mut client: Client, shared: Rc<Shared>) -> Result<()> {
    loop {
        let token = shared.tokens.borrow_mut().next()?;
        let asked = Instant::now();
        if asked >= shared.end {
            return Ok(());
        }
        client.ask(shared.targets.next()?, token).await?;
        let answered = Instant::now();
        if asked >= shared.begin {
            let latency = answered.duration_since(asked).as_micros();
            let latency = u64::try_from(latency).unwrap_or(u64::MAX);
            shared.latencies.borrow_mut().saturating_record(latency);
        }
        // Answers to requests of the warm-up count too, in place of the last requests, whose answers come too late.
        if (shared.begin..shared.end).contains(&answered) {
            *shared.answered.borrow_mut() += 1;
        }
    }
}
