//! Reconciles the identity cache with a Keycloak, and exits.
#![cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, reason = "the job itself exists in a component alone")
)]

mod address;
mod answer;
mod arguments;
mod batch;
#[cfg(target_family = "wasm")]
mod client;
mod failure;
mod limit;
mod pacing;
#[cfg(target_family = "wasm")]
mod pages;
mod provider;
mod reading;
mod report;
#[cfg(target_family = "wasm")]
mod store;
#[cfg(target_family = "wasm")]
mod sweep;
mod time;
#[cfg(target_family = "wasm")]
mod timer;
#[cfg(target_family = "wasm")]
mod work;

#[cfg(target_family = "wasm")]
fn main() -> std::process::ExitCode {
    job::run(work::reconcile)
}

/// The job's logic is plain code, so that its tests run natively; only a component can run the job.
#[cfg(not(target_family = "wasm"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("run `cargo xtask reconcile`: this is a component's program")
}
