//! The services: private servers on free ports of this machine.

mod keycloak;
mod leftover;
mod pgbouncer;
mod postgres;
mod redis;
mod roles;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

pub(crate) use keycloak::pid_file as keycloak_pid_file;
pub use keycloak::{Keycloak, KeycloakSettings};
pub(crate) use leftover::{stop_cluster, stop_leftover};
pub(crate) use pgbouncer::pid_file as pgbouncer_pid_file;
pub use pgbouncer::{PgBouncer, PoolMode};
pub use postgres::{Cluster, Postgres, cluster_version};
pub use redis::Redis;
pub(crate) use redis::pid_file as redis_pid_file;
pub use roles::{create_database, create_owner};

/// How long a service may take to become ready.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A port that is free now; the preferred one if possible.
fn free_port(preferred: Option<u16>) -> Result<u16> {
    let listener = preferred
        .and_then(|port| TcpListener::bind(("127.0.0.1", port)).ok())
        .map_or_else(|| TcpListener::bind(("127.0.0.1", 0)), Ok)
        .context("cannot find a free port on 127.0.0.1")?;
    let address = listener
        .local_addr()
        .context("cannot find a free port on 127.0.0.1")?;
    Ok(address.port())
}

fn ready_deadline() -> Instant {
    Instant::now() + READY_WITHIN
}
