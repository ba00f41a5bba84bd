//! Prints an organization's policy in the form that every Casbin reads, and exits.
#![cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, reason = "the job itself exists in a component alone")
)]

#[cfg(target_family = "wasm")]
mod export;
mod names;
mod policy;
#[cfg(target_family = "wasm")]
mod rows;
mod spelling;

#[cfg(target_family = "wasm")]
fn main() -> std::process::ExitCode {
    job::run(export::export)
}

/// The job's logic is plain code, so that its tests run natively; only a component can export.
#[cfg(not(target_family = "wasm"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("run `cargo xtask policy export`: this is a component's program")
}
