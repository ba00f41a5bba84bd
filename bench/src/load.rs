//! The load: a closed loop of keep-alive HTTP/1.1 connections, on one thread.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, HOST, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};

/// Before the measured time: the host starts instances, and they open their connections.
const WARM_UP: Duration = Duration::from_millis(300);

/// Microseconds; a request that takes longer counts as this.
pub const LONGEST: u64 = 60_000_000;

/// What every request of a round asks for.
#[derive(Clone, Debug)]
pub struct Target {
    /// Who answers.
    pub address: SocketAddr,
    /// The path that is asked for.
    pub path: String,
}

/// The tokens that a round's requests bear.
#[derive(Debug)]
pub enum Tokens {
    /// These in turn, again and again.
    InTurn(Vec<HeaderValue>),
    /// Each of these once.
    Once(Vec<HeaderValue>),
}

/// What a round showed.
#[derive(Debug)]
pub struct Round {
    /// Answers a second.
    pub per_second: f64,
    /// Microseconds from the request to the answer's last byte.
    pub latencies: Histogram<u64>,
}

/// How long a round takes altogether.
#[must_use]
pub fn duration_of(measured: Duration) -> Duration {
    WARM_UP + measured
}

/// Keeps so many connections busy for a time. An answer that is not 200 is an error.
pub fn round(
    target: &Target,
    tokens: Tokens,
    connections: usize,
    measured: Duration,
) -> Result<Round> {
    on_one_thread(run(target, tokens, connections, measured))
}

/// One answer.
pub fn answer(target: &Target, token: HeaderValue) -> Result<Bytes> {
    on_one_thread(async {
        let host = HeaderValue::try_from(target.address.to_string())?;
        let mut client = connect(target.address).await?;
        ask(&mut client, &target.path, &host, token).await
    })
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
    path: String,
    host: HeaderValue,
    tokens: RefCell<Turn>,
    begin: Instant,
    end: Instant,
    latencies: RefCell<Histogram<u64>>,
    answered: RefCell<u64>,
}

struct Turn {
    tokens: Tokens,
    next: usize,
}

impl Turn {
    fn next(&mut self) -> Result<HeaderValue> {
        let token = match &self.tokens {
            Tokens::InTurn(tokens) => tokens.get(self.next % tokens.len().max(1)),
            Tokens::Once(tokens) => tokens.get(self.next),
        };
        self.next += 1;
        token.cloned().context("there are too few tokens")
    }
}

async fn run(
    target: &Target,
    tokens: Tokens,
    connections: usize,
    measured: Duration,
) -> Result<Round> {
    let mut clients = Vec::with_capacity(connections);
    for _ in 0..connections {
        clients.push(connect(target.address).await?);
    }
    let begin = Instant::now() + WARM_UP;
    let shared = Rc::new(Shared {
        path: target.path.clone(),
        host: HeaderValue::try_from(target.address.to_string())?,
        tokens: RefCell::new(Turn { tokens, next: 0 }),
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
        bail!("{} answered nothing in {measured:?}", target.path);
    }
    Ok(Round {
        per_second: answered as f64 / measured.as_secs_f64(),
        latencies: shared.latencies.borrow().clone(),
    })
}

/// A kept-alive connection.
struct Client {
    sender: SendRequest<Empty<Bytes>>,
    socket: std::net::TcpStream,
}

async fn connect(address: SocketAddr) -> Result<Client> {
    let stream = TcpStream::connect(address)
        .await
        .context("cannot connect")?
        .into_std()?;
    stream.set_nodelay(true).context("cannot connect")?;
    let socket = stream.try_clone()?;
    let stream = TcpStream::from_std(stream)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Its error is the request's too.
    tokio::task::spawn_local(connection);
    Ok(Client { sender, socket })
}

/// Spin sends some answers in two packets and holds the second back until the first is
/// acknowledged, which a client may put off for 40 ms: a few such waits, which are nobody's work,
/// would hide all that is to be seen. So the first packet is acknowledged here and now.
fn acknowledge(socket: &std::net::TcpStream) -> Result<()> {
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_tcp_quickack(socket, true)?;
    #[cfg(not(target_os = "linux"))]
    let _ = socket;
    Ok(())
}

/// Sends one request and reads the whole answer.
async fn ask(
    client: &mut Client,
    path: &str,
    host: &HeaderValue,
    token: HeaderValue,
) -> Result<Bytes> {
    let request = Request::get(path)
        .header(HOST, host)
        .header(AUTHORIZATION, token)
        .body(Empty::new())?;
    client.sender.ready().await?;
    let response = client.sender.send_request(request).await?;
    acknowledge(&client.socket)?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    if status != StatusCode::OK {
        let body = String::from_utf8_lossy(&body);
        bail!("{path} was answered with {status}: {body}");
    }
    Ok(body)
}

async fn keep_busy(mut client: Client, shared: Rc<Shared>) -> Result<()> {
    loop {
        let token = shared.tokens.borrow_mut().next()?;
        let asked = Instant::now();
        if asked >= shared.end {
            return Ok(());
        }
        ask(&mut client, &shared.path, &shared.host, token).await?;
        let answered = Instant::now();
        if asked >= shared.begin {
            let latency = answered.duration_since(asked).as_micros();
            let latency = u64::try_from(latency).unwrap_or(u64::MAX);
            shared.latencies.borrow_mut().saturating_record(latency);
        }
        // Also what was asked for in the warm-up, for what the last ones will miss at the end.
        if (shared.begin..shared.end).contains(&answered) {
            *shared.answered.borrow_mut() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_in_turn_and_once() {
        let tokens = || ["a", "b"].map(HeaderValue::from_static).to_vec();
        let mut turn = Turn {
            tokens: Tokens::InTurn(tokens()),
            next: 0,
        };
        let three: Vec<_> = (0..3).map(|_| turn.next().unwrap()).collect();
        assert_eq!(three, ["a", "b", "a"]);
        let mut once = Turn {
            tokens: Tokens::Once(tokens()),
            next: 0,
        };
        assert!(once.next().is_ok() && once.next().is_ok() && once.next().is_err());
    }
}
