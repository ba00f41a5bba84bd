//! Connections to PostgreSQL: a pool for each component and address.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use deadpool::managed::{self, Metrics, Object, Pool, PoolError, RecycleResult};
use tokio::net::TcpStream;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

use super::transaction::{Overheard, Status};
use crate::app::AllowedHosts;

/// The same number as in Spin; further callers wait, without a limit.
const SIZE: usize = 64;

/// The statements that Spin runs before it reuses a connection; there is no ROLLBACK among them.
const RESET: &str = "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; \
    SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES;";

/// The pools of one component.
#[derive(Default)]
pub struct Pools(Mutex<HashMap<String, Pool<Server>>>);

/// A connection that a component uses; dropping the last clone returns it to the pool.
#[derive(Clone)]
pub struct Connection(Arc<Lease>);

struct Lease {
    session: Object<Server>,
    component: String,
}

struct Server(Config);

struct Session {
    client: Client,
    status: Status,
}

impl Pools {
    /// Returns a free connection, or opens one, or waits until one is free.
    pub async fn connect(
        &self,
        address: &str,
        config: Config,
        component: &str,
    ) -> Result<Connection> {
        let pool = self.pool(address, config)?;
        let session = pool.get().await.map_err(|error| {
            let text = error.to_string();
            match error {
                PoolError::Backend(cause) => cause.context(text),
                _ => anyhow::Error::msg(text),
            }
        })?;
        Ok(Connection(Arc::new(Lease {
            session,
            component: component.to_owned(),
        })))
    }

    fn pool(&self, address: &str, config: Config) -> Result<Pool<Server>> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(address) {
            return Ok(pool.clone());
        }
        let pool = Pool::builder(Server(config)).max_size(SIZE).build()?;
        pools.insert(address.to_owned(), pool.clone());
        Ok(pool)
    }
}

/// Returns an error, in Spin's words, for a server that the manifest does not allow.
pub fn check(allowed: &AllowedHosts, config: &Config) -> Result<()> {
    let (host, port) = server(config)?;
    if !allowed.allow("postgres", host, port) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        bail!("address postgres://{host}{port} is not permitted");
    }
    Ok(())
}

fn server(config: &Config) -> Result<(&str, Option<u16>)> {
    match config.get_hosts() {
        [Host::Tcp(host)] => Ok((host, config.get_ports().first().copied())),
        [Host::Unix(_)] => bail!("Unix sockets are not supported on WebAssembly"),
        hosts => bail!(
            "the address names {} hosts, this host takes one",
            hosts.len()
        ),
    }
}

impl managed::Manager for Server {
    type Type = Session;
    type Error = anyhow::Error;

    async fn create(&self) -> Result<Session> {
        let (host, port) = server(&self.0)?;
        let connect = TcpStream::connect((host, port.unwrap_or(5432)));
        let stream = match self.0.get_connect_timeout() {
            Some(limit) => tokio::time::timeout(*limit, connect)
                .await
                .context("connecting")?,
            None => connect.await,
        };
        let stream = stream.context("error connecting to server")?;
        stream.set_nodelay(true)?;
        let (stream, status) = Overheard::new(stream);
        let (client, connection) = self.0.connect_raw(stream, NoTls).await?;
        // This task ends with the client; if the connection breaks, the next statement fails.
        tokio::spawn(connection);
        Ok(Session { client, status })
    }

    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<anyhow::Error> {
        if session.client.is_closed() {
            return Err(managed::RecycleError::message("the connection is closed"));
        }
        let reset = session.client.batch_execute(RESET).await;
        reset.map_err(|error| managed::RecycleError::Backend(error.into()))
    }
}

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0.session.client
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Session { client, status } = &*self.session;
        if status.in_transaction() && !client.is_closed() {
            eprintln!(
                "warning: component `{}` returned a PostgreSQL connection inside a transaction, \
                 which the next request inherits; end every transaction in its own statement",
                self.component
            );
        }
    }
}
