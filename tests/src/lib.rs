//! The harness of the end-to-end tests: a separate Shell for every test, and clients for it.
//! `cargo xtask test` starts the services and passes their addresses.
//!
//! What tests of several subjects do with a Shell or its stores is in public modules, whose functions have short
//! names: [`audit::append`], [`redis::run`]. Everything else is used by its name alone.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "no component: it reads the clock itself"
)]

mod admin_server;
mod answer;
pub mod audit;
mod browser;
pub mod clock;
mod database;
pub mod decisions;
mod deliveries;
mod dice;
pub mod facts;
mod gate;
mod group_tree;
mod http_server;
pub mod identity;
mod issuer_server;
pub mod issuers;
mod jobs;
mod keycloak;
mod load;
pub mod on_behalf;
mod openid_provider;
mod openid_visitor;
pub mod organization_claims;
pub mod organizations;
mod own_stores;
pub mod policies;
mod proxy;
pub mod redis;
mod redis_snapshot;
pub mod renaming;
pub mod searches;
mod shell;
mod signer;
pub mod sql;
mod stores;
mod transmitter_server;
pub mod waiting;

pub use admin_server::{AdminServer, Group, Lie, Link, Organization, Person, Realm, TokenForm};
pub use answer::Answer;
pub use browser::Browser;
pub use database::TestDatabase;
pub use deliveries::{WEBHOOK, event, signature, user_created};
pub use dice::Dice;
pub use gate::Gate;
pub use group_tree::GroupTree;
pub use http_server::{Asked, HttpServer, Reply};
pub use issuer_server::{Fault, IssuerServer};
pub use jobs::{Folder, RunningJob, USERS_HEADER, export, job};
pub use keycloak::{Claim, Keycloak, Webhook};
pub use load::{Load, Tally};
pub use openid_provider::OpenidProvider;
pub use openid_visitor::OpenidVisitor;
pub use own_stores::{on_own_postgres, on_postgres_at, with_own_postgres};
pub use proxy::{Mode, Proxy};
pub use redis_snapshot::RedisSnapshot;
pub use shell::{Request, Setup, Shell};
pub use signer::Signer;
pub use stores::{
    follows, is_told_by_pgbouncer, own_pgbouncer, own_postgres, own_redis, synchronous_standby,
};
pub use transmitter_server::TransmitterServer;
