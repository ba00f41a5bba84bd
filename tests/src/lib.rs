//! The harness of the end-to-end tests: a Shell of its own for every test, and somebody to talk to
//! it. `cargo xtask test` starts the services and says where they are.
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
mod browser;
mod database;
mod deliveries;
mod gate;
mod http_server;
mod issuer_server;
mod jobs;
mod keycloak;
mod load;
mod openid_provider;
mod openid_visitor;
mod proxy;
mod shell;
mod signer;
mod stores;
mod transmitter_server;

pub use admin_server::{AdminServer, Group, Lie, Link, Organization, Person, Realm, TokenForm};
pub use answer::Answer;
pub use browser::Browser;
pub use database::TestDatabase;
pub use deliveries::{WEBHOOK, event, signature, user_created};
pub use gate::Gate;
pub use http_server::{Asked, HttpServer, Reply};
pub use issuer_server::{Fault, IssuerServer};
pub use jobs::{Folder, RunningJob, export, job};
pub use keycloak::{Claim, Keycloak, Webhook};
pub use load::{Load, Tally};
pub use openid_provider::OpenidProvider;
pub use openid_visitor::OpenidVisitor;
pub use proxy::{Mode, Proxy};
pub use shell::{Request, Setup, Shell};
pub use signer::Signer;
pub use stores::{
    follows, is_told_by_pgbouncer, own_pgbouncer, own_postgres, own_redis, synchronous_standby,
};
pub use transmitter_server::TransmitterServer;
