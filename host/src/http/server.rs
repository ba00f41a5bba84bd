//! The listening socket: accepting connections, and a graceful shutdown.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};

use super::Service;

/// How long a shutdown waits for requests in flight.
const PATIENCE: Duration = Duration::from_secs(10);

/// Binds the address.
pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => anyhow::anyhow!(
                "port {} is in use on {}; choose another with --listen {}:PORT, or 0 for any",
                address.port(),
                address.ip(),
                address.ip()
            ),
            _ => anyhow::Error::new(error).context(format!("cannot listen on {address}")),
        })
}

/// Serves until SIGINT or SIGTERM.
pub async fn run(listener: TcpListener, service: Arc<Service>) -> Result<()> {
    let mut interrupted = signal(SignalKind::interrupt()).context("waiting for SIGINT")?;
    let mut terminated = signal(SignalKind::terminate()).context("waiting for SIGTERM")?;
    let graceful = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, client)) => converse(stream, client, &service, &graceful),
                // For example too many open files; some of them will be closed.
                Err(error) => {
                    eprintln!("warning: accepting a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            _ = interrupted.recv() => break,
            _ = terminated.recv() => break,
        }
    }
    drop(listener);
    if tokio::time::timeout(PATIENCE, graceful.shutdown())
        .await
        .is_err()
    {
        eprintln!("warning: stopped with requests still in flight");
    }
    Ok(())
}

fn converse(
    stream: TcpStream,
    client: SocketAddr,
    service: &Arc<Service>,
    graceful: &GracefulShutdown,
) {
    // Otherwise a response in two packets waits 40 ms for the client's acknowledgement. This may fail
    // if the client has already closed the connection.
    let _ = stream.set_nodelay(true);
    let service = service.clone();
    let answer = service_fn(move |request| {
        let service = service.clone();
        async move {
            let answer = service.answer(request, client).await;
            answer.inspect_err(|error| eprintln!("warning: {error}"))
        }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    // A connection that breaks is the client's problem, not an error here.
    tokio::spawn(graceful.watch(connection));
}
