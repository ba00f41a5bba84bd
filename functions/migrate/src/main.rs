//! Brings the database schema up to date and exits.
#![cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, reason = "the job itself exists in a component alone")
)]

#[cfg(target_family = "wasm")]
mod applying;
mod batch;
mod folder;
mod function_files;
#[cfg(target_family = "wasm")]
mod history;
mod noted;
#[cfg(target_family = "wasm")]
mod roles;
mod text;
#[cfg(target_family = "wasm")]
mod work;

#[cfg(target_family = "wasm")]
fn main() -> std::process::ExitCode {
    job::run(work::migrate)
}

/// The job's logic is plain code, so that its tests run natively; only a component can run the job.
#[cfg(not(target_family = "wasm"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("run `cargo xtask migrate`: this is a component's program")
}
