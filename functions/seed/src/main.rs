//! Checks CSV files, writes the missing rows and exits.
#![cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, reason = "the job itself exists in a component alone")
)]

mod apps;
mod assignments;
mod batch;
mod checking;
mod column;
mod digest;
mod encoding;
mod fault;
mod file;
mod flaw;
mod form;
mod header;
mod hierarchy;
mod identity_providers;
mod inheritance;
mod keys;
mod members;
mod object;
mod organizations;
mod permissions;
mod records;
mod references;
mod resources;
mod role_assignments;
mod role_names;
mod roles;
mod row;
mod slots;
mod ssf_transmitters;
mod table;
mod tenants;
#[cfg(test)]
mod testing;
mod told;
mod users;
#[cfg(target_family = "wasm")]
mod work;
#[cfg(target_family = "wasm")]
mod write;

#[cfg(target_family = "wasm")]
fn main() -> std::process::ExitCode {
    job::run(work::seed)
}

/// The job's logic is plain code, so that its tests run natively; only a component can seed.
#[cfg(not(target_family = "wasm"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("run `cargo xtask seed`: this is a component's program")
}
