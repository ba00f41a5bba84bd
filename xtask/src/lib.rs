//! The building blocks of `cargo xtask`: the machine, the data services, the hosts and the instances.
//!
//! The binary's commands combine them; the end-to-end tests use the same ones.
#![allow(
    clippy::disallowed_methods,
    reason = "no component: it reads the clock itself"
)]

pub mod connection;
pub mod env_file;
pub mod functions;
pub mod host;
pub mod instance;
pub mod interrupt;
pub mod issuer;
pub mod job;
pub mod keycloak;
pub mod listen;
pub mod log;
pub mod machine;
pub mod node;
pub mod openid_provider;
pub mod other_casbins;
pub mod policy_export;
pub mod policy_test;
pub mod process;
pub mod progress;
pub mod public_url;
pub mod pyjwt;
pub mod python;
pub mod refused;
pub mod schemathesis;
pub mod secret;
pub mod services;
pub mod signatures;
pub mod spin;
pub mod test_environment;
pub mod variables;
pub mod workspace;
