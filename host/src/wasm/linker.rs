//! Everything a component may import.

use anyhow::Result;
use wasmtime::Engine;
use wasmtime::component::{HasData, Linker};

use super::state::State;

/// Spin's interfaces as Rust traits and types.
pub mod bindings {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "imports",
        imports: {
            // A synchronous call blocks the component, not the host.
            "spin:postgres/postgres.[static]connection.open": async | trappable,
            "spin:postgres/postgres.[method]connection.query": async | trappable,
            "spin:postgres/postgres.[method]connection.execute": async | trappable,
            default: trappable,
        },
        require_store_data_send: true,
        with: {
            "spin:postgres/postgres.connection": crate::postgres::pool::Connection,
            "spin:redis/redis.connection": redis::aio::MultiplexedConnection,
        },
    });
}

/// Connects a store's state with the implementations of Spin's interfaces.
pub struct Host;

impl HasData for Host {
    type Data<'a> = &'a mut State;
}

/// WASI 0.2 and 0.3, and Spin's interfaces.
pub fn linker(engine: &Engine) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    bindings::Imports::add_to_linker::<_, Host>(&mut linker, |state| state)?;
    Ok(linker)
}
