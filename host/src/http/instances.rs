//! Instances of a component and how long each of them lives, by Spin's defaults.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;
use wasmtime::component::{Component, GuestTaskId, Linker};
use wasmtime::error::Context as _;
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::wasm::state::{Shared, State};

/// The number of requests that an instance answers in its life.
const REQUESTS: usize = 128;
/// The number of requests that it answers at a time.
const AT_ONCE: usize = 16;
/// How long an idle instance waits for the next request.
const IDLE: Duration = Duration::from_secs(1);

/// Creates instances of one component.
pub struct Instances {
    engine: Engine,
    service: ServicePre<State>,
    shared: Arc<Shared>,
    timeout: Option<Duration>,
}

impl Instances {
    /// Links a component; fails if it imports an interface that this host does not provide.
    pub fn new(
        linker: &Linker<State>,
        component: &Component,
        shared: Arc<Shared>,
        timeout: Option<Duration>,
    ) -> wasmtime::Result<Self> {
        let service = linker.instantiate_pre(component).and_then(ServicePre::new);
        let service = service.with_context(|| {
            format!(
                "component `{}` cannot run on this host",
                shared.component.id
            )
        })?;
        Ok(Self {
            engine: linker.engine().clone(),
            service,
            shared,
            timeout,
        })
    }
}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Expiration, Worker>> {
        let mut store = State::store(&self.engine, &self.shared, &[])?;
        let proxy = Proxy::P3(self.service.instantiate_async(&mut store).await?);
        Ok(Instance {
            store,
            proxy,
            view: State::http,
            expiration: Expiration {
                timeout: self.timeout,
                sleep: Box::pin(tokio::time::sleep(IDLE)),
            },
            state: Worker {
                component: self.shared.component.id.clone(),
                timeout: self.timeout,
            },
        })
    }
}

/// Ends an instance that is idle, or whose requests all took too long, even if it only computes.
pub struct Expiration {
    timeout: Option<Duration>,
    sleep: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        let limit = match status {
            WorkerStatus::Idle => Some(IDLE),
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.timeout,
        };
        let Some(deadline) = limit.and_then(|limit| since.checked_add(limit)) else {
            return Poll::Pending;
        };
        if self.sleep.deadline() != deadline.into() {
            self.sleep.as_mut().reset(deadline.into());
        }
        self.sleep.as_mut().poll(cx)
    }
}

/// The rules by which an instance accepts requests.
pub struct Worker {
    component: String,
    timeout: Option<Duration>,
}

impl WorkerState for Worker {
    type StoreData = State;
    type RequestData = ();

    fn should_accept_request(&self, at_once: usize, so_far: usize) -> ShouldAccept {
        if so_far >= REQUESTS {
            ShouldAccept::Never
        } else if at_once >= AT_ONCE {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        match self.timeout {
            Some(limit) => Box::pin(tokio::time::sleep(limit)),
            None => Box::pin(std::future::pending()),
        }
    }

    /// The cause of a trap is only reported here; the requests only learn that there was a trap.
    fn drop(&self, store: Store<State>, result: Result<(), wasmtime::Error>) {
        // This first writes the component's last output, its panic message.
        drop(store);
        if let Err(cause) = result {
            let cause = cause.root_cause();
            eprintln!(
                "error: component `{}`: an instance ended: {cause}",
                self.component
            );
        }
    }
}
