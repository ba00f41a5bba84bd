//! From a request's path and method to its handler, and problems for what no route takes.
//!
//! One look at one table: routers that are made of layers cost each request more than its handler.

use std::sync::{Mutex, PoisonError};

use axum::{
    BoxError,
    body::{Body, HttpBody},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use bytes::Bytes;
use http::Request;
use tower_service::Service;

use crate::{extract::Parameters, problem::Problem};

/// A function's routes.
#[derive(Default)]
pub struct Routes(matchit::Router<Route>);

struct Route {
    pattern: &'static str,
    /// It is called by `&mut`; a clone for each request would box all its handlers anew.
    methods: Mutex<MethodRouter>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what answers the methods at paths such as `/v1/apps/{slug}`.
    pub fn at(mut self, pattern: &'static str, methods: MethodRouter) -> Self {
        let methods = methods.fallback(async || Problem::method_not_allowed());
        let methods = Mutex::new(methods);
        // One that conflicts with another is never reached, which any test of it shows.
        let _ = self.0.insert(pattern, Route { pattern, methods });
        self
    }

    /// The answer, and the pattern of the route that gave it.
    pub async fn answer<B>(&self, mut request: Request<B>) -> (Option<&'static str>, Response)
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let uri = request.uri().clone();
        let Ok(found) = self.0.at(uri.path()) else {
            return (None, Problem::unknown_path().into_response());
        };
        if !found.params.is_empty() {
            let parameters = Parameters::of(found.params.iter().map(|(_, value)| value));
            request.extensions_mut().insert(parameters);
        }
        let answer = found
            .value
            .methods
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .call(request.map(Body::new));
        let response = answer.await.unwrap_or_else(|never| match never {});
        (Some(found.value.pattern), response)
    }
}
