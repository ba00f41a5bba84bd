//! Runs the daily maintenance and exits.

#[cfg(target_family = "wasm")]
mod work;

#[cfg(target_family = "wasm")]
fn main() -> std::process::ExitCode {
    job::run(work::maintain)
}

/// Only a component can run the job: a native program has no host that connects to the database.
#[cfg(not(target_family = "wasm"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("run `cargo xtask maintain`: this is a component's program")
}
