//! Running a component once, as a command.

use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::{Component, Linker};
use wasmtime::error::Context;
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::bindings::Command;

use crate::wasm::state::{Shared, State};

/// Whether the component's `run` returned successfully; a call of `exit`, with any code, is not a success.
pub async fn run(
    linker: &Linker<State>,
    component: &Component,
    shared: &Arc<Shared>,
    arguments: Vec<String>,
) -> Result<bool> {
    let id = &shared.component.id;
    let arguments: Vec<_> = std::iter::once(id.clone()).chain(arguments).collect();
    let mut store = State::store(linker.engine(), shared, &arguments)?;
    let command = Command::instantiate_async(&mut store, component, linker)
        .await
        .with_context(|| format!("component `{id}` cannot run as a command"))?;
    match command.wasi_cli_run().call_run(&mut store).await {
        Ok(outcome) => Ok(outcome.is_ok()),
        Err(error) => {
            drop(store);
            if !error.is::<I32Exit>() {
                eprintln!("error: component `{id}` ended: {}", error.root_cause());
            }
            Ok(false)
        }
    }
}
