//! The host's state for one instance of a component.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::error::Context;
use wasmtime::{Engine, Result, Store, UpdateDeadline};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::output::{Output, Sink};
use crate::app::Component;
use crate::outgoing_http::OutgoingHttp;
use crate::postgres::pool::Pools;

/// What all instances of a component share.
pub struct Shared {
    /// The component as the manifest describes it.
    pub component: Arc<Component>,
    /// Its connections to PostgreSQL.
    pub pools: Pools,
    /// Where its standard output goes.
    pub stdout: Arc<Sink>,
    /// Where its standard error goes.
    pub stderr: Arc<Sink>,
}

/// The state of one instance.
pub struct State {
    /// What it shares with the component's other instances.
    pub shared: Arc<Shared>,
    /// The connections and streams that it has open.
    pub table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: OutgoingHttp,
}

impl State {
    /// A store for a new instance, which yields to others after each of its turns.
    pub fn store(
        engine: &Engine,
        shared: &Arc<Shared>,
        arguments: &[String],
    ) -> Result<Store<Self>> {
        let component = &shared.component;
        let mut wasi = WasiCtxBuilder::new();
        wasi.args(arguments)
            .envs(&component.environment)
            .stdout(Output::new(shared.stdout.clone()))
            .stderr(Output::new(shared.stderr.clone()));
        for (folder, destination) in &component.mounts {
            wasi.preopened_dir(folder, destination, FsPerms::ReadOnly)
                .with_context(|| format!("opening {}", folder.display()))?;
        }
        let state = Self {
            shared: shared.clone(),
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            hooks: OutgoingHttp::of(component),
        };
        let mut store = Store::new(engine, state);
        store.set_epoch_deadline(1);
        // The store's own yield would only switch within this instance; this one lets other tasks run.
        store.epoch_deadline_callback(|_| {
            Ok(UpdateDeadline::YieldCustom(
                1,
                Box::pin(tokio::task::yield_now()),
            ))
        });
        Ok(store)
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}
