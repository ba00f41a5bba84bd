//! One request: its route, its component, its answer.

use std::collections::HashMap;
use std::net::SocketAddr;

use anyhow::{Result, bail};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use wasmtime_wasi_http::handler::{ProxyHandler, TrapOrPanicError};
use wasmtime_wasi_http::{Error, WasiBody};

use super::Instances;
use super::headers::{self, Addressed};
use crate::{app::Router, wasm};

/// The number of requests that components handle at a time; others wait. An instance needs several MB and
/// there must be one for every 16 requests, so this bounds the memory that any number of clients can use.
const IN_FLIGHT: usize = wasm::INSTANCES as usize;

/// The paths that Spin reserves for itself.
const RESERVED: &str = "/.well-known/spin/";

/// An application that answers requests.
pub struct Service {
    router: Router,
    handlers: HashMap<String, ProxyHandler<Instances>>,
    in_flight: Semaphore,
}

impl Service {
    /// `instances` must contain every component that a route names.
    pub fn new(router: Router, instances: impl IntoIterator<Item = (String, Instances)>) -> Self {
        let instances = instances.into_iter();
        Self {
            router,
            handlers: instances
                .map(|(id, made)| (id, ProxyHandler::new(made)))
                .collect(),
            in_flight: Semaphore::new(IN_FLIGHT),
        }
    }

    /// Answers one request; a failure in a component is a 500 without a body, as in Spin. An `Err` means that there is
    /// no answer: the connection is to be closed.
    pub async fn answer(
        &self,
        mut request: Request<Incoming>,
        client: SocketAddr,
    ) -> Result<Response<WasiBody>> {
        let path = request.uri().path().to_owned();
        if let Some(asked) = path.strip_prefix(RESERVED) {
            return Ok(match asked {
                "health" => response(StatusCode::OK, "OK"),
                _ => response(StatusCode::NOT_FOUND, ""),
            });
        }
        let Some(found) = self.router.find(&path) else {
            return Ok(response(StatusCode::NOT_FOUND, ""));
        };
        let authority = match headers::addressed(&request) {
            Addressed::To(authority) => authority,
            Addressed::Twice => return Ok(response(StatusCode::BAD_REQUEST, "")),
            Addressed::Unclear => bail!(
                "a request without `Host`, or whose `Host` differs from its target, is not answered, as in Spin"
            ),
        };
        if headers::prepare(&mut request, authority, &found, client).is_none() {
            return Ok(response(StatusCode::BAD_REQUEST, ""));
        }
        let component = &found.route.component;
        let (Some(handler), Ok(_permit)) =
            (self.handlers.get(component), self.in_flight.acquire().await)
        else {
            return Ok(response(StatusCode::INTERNAL_SERVER_ERROR, ""));
        };
        let request = request.map(|body| body.map_err(Error::from).boxed_unsync());
        let answer = handler.handle((), request).await;
        Ok(answer.unwrap_or_else(|error| {
            // The cause of the trap was printed when its instance ended.
            if !error.is::<TrapOrPanicError>() {
                eprintln!("error: component `{component}`: {path}: {error:#}");
            }
            response(StatusCode::INTERNAL_SERVER_ERROR, "")
        }))
    }
}

fn response(status: StatusCode, text: &'static str) -> Response<WasiBody> {
    let body = Full::new(Bytes::from_static(text.as_bytes())).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    response
}
