//! Routing: from a request's path and method to its handler, with problems for unknown paths and methods.
//!
//! There is one table, and one lookup in it: a layered router costs a request more than its handler does.

use std::pin::Pin;

use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::{
    http::{request::Request, response::Response},
    problem::Problem,
};

/// A function's routes.
#[derive(Default)]
pub struct Routes {
    patterns: matchit::Router<usize>,
    routes: Vec<Route>,
}

struct Route {
    pattern: &'static str,
    handlers: Vec<(Method, Handler)>,
}

type Handler = Box<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Answer>>> + Send + Sync>;

/// The result of a handler.
pub type Answer = Result<Response, Problem>;

impl Routes {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the handler of a method at paths such as `/v1/apps/{slug}`. GET answers HEAD too.
    pub fn on<F>(
        mut self,
        method: Method,
        pattern: &'static str,
        handler: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Answer> + 'static,
    {
        let handler: Handler = Box::new(move |request| Box::pin(handler(request)));
        let mut known = self.routes.iter_mut();
        if let Some(route) = known.find(|route| route.pattern == pattern) {
            route.handlers.push((method, handler));
            return self;
        }
        // A pattern that conflicts with another is never reached, which any test of its route shows.
        let _ = self.patterns.insert(pattern, self.routes.len());
        self.routes.push(Route {
            pattern,
            handlers: vec![(method, handler)],
        });
        self
    }

    /// The answer, and the pattern of the route that matched.
    pub(crate) async fn answer(&self, mut request: Request) -> (Option<&'static str>, Response) {
        let head = request.head.clone();
        let Ok(found) = self.patterns.at(head.path()) else {
            return (None, Problem::unknown_path().into());
        };
        let Some(route) = self.routes.get(*found.value) else {
            return (None, Problem::unknown_path().into());
        };
        let answer = match route.handler(head.method()) {
            None => Err(Problem::method_not_allowed(route.allowed())),
            Some(handler) => {
                request.parameters = decoded(&found.params);
                let body = request.body.clone();
                let answer = handler(request).await;
                // An authenticated caller may be refused before its body was read.
                let is_refused = |problem: &Problem| problem.status == StatusCode::FORBIDDEN;
                if answer.as_ref().is_err_and(is_refused) && !head.method().is_safe() {
                    body.drain().await;
                }
                answer
            }
        };
        (Some(route.pattern), answer.unwrap_or_else(Response::from))
    }
}

impl Route {
    fn handler(&self, method: &Method) -> Option<&Handler> {
        let asked = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let mut handlers = self.handlers.iter();
        handlers.find_map(|(method, handler)| (method == asked).then_some(handler))
    }

    /// The value of `Allow` (RFC 9110, section 10.2.1).
    fn allowed(&self) -> String {
        let methods = self.handlers.iter().map(|(method, _)| match *method {
            Method::GET => "GET,HEAD",
            ref other => other.as_str(),
        });
        methods.collect::<Vec<_>>().join(",")
    }
}

fn decoded(parameters: &matchit::Params<'_, '_>) -> Option<Vec<String>> {
    let decoded = parameters.iter().map(|(_, value)| {
        let decoded = percent_decode_str(value).decode_utf8().ok()?;
        Some(decoded.into_owned())
    });
    decoded.collect()
}
