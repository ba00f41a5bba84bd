//! Tests with a real Keycloak: its tokens, its settings, its keys. `cargo xtask test keycloak` starts one.
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

mod ended;
mod ended_acts;
mod ended_by_logout_tokens;
mod ended_by_signals;
mod ended_by_webhook;
mod ended_offline;
mod ended_realm;
mod logout;
mod organizations;
mod profile;
mod reconciled;
mod reconciled_realm;
mod rotating;
mod signing_in;
mod told;
mod told_accounts;
mod told_by_scim;
mod told_groups;
mod told_organizations;
mod told_users;
mod told_webhooks;
