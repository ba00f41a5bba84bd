//! What happens around every handler: request id, problems for what no route takes, the log line.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::{Next, from_fn},
    response::Response,
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tower_service::Service;
use uuid::Uuid;

use crate::{
    problem::{Cause, Problem},
    request_log::{Line, Policy, trace_id, usable_request_id},
    variables,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

static REQUEST_LOG: OnceLock<String> = OnceLock::new();

/// What the log line says that only the handler knows: a clone in the request's extensions.
#[derive(Clone)]
pub struct Context {
    request_id: Arc<str>,
    organization: Arc<Mutex<Option<Uuid>>>,
}

impl Context {
    /// What `X-Request-ID` said, or what was made in its place.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Says which organization the request is about.
    pub fn concerns(&self, organization: Uuid) {
        *self
            .organization
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(organization);
    }

    fn organization(&self) -> Option<Uuid> {
        *self
            .organization
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a request with a function's routes. `routes` is called once in an instance's life.
pub async fn serve(
    routes: fn() -> Router,
    request: spin_sdk::http::Request,
) -> Result<Response, spin_sdk::http::Error> {
    static ROUTER: OnceLock<Router> = OnceLock::new();
    let mut router = ROUTER
        .get_or_init(|| {
            routes()
                .fallback(async || Problem::unknown_path())
                .method_not_allowed_fallback(async || Problem::method_not_allowed())
                .layer(from_fn(observe))
        })
        .clone();
    let mut response = router.call(request).await?;
    // RFC 9110, section 8.6: here a length would be the one of the body that is left out.
    if response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    Ok(response)
}

async fn observe(mut request: Request, next: Next) -> Response {
    let started = clock::monotonic_nanoseconds();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let traceparent = request.headers().get("traceparent").cloned();
    let request_id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|sent| sent.to_str().ok())
        .filter(|sent| usable_request_id(sent))
        .map_or_else(|| clock::new_identifier().to_string(), str::to_owned);
    let context = Context {
        request_id: request_id.as_str().into(),
        organization: Arc::default(),
    };
    request.extensions_mut().insert(context.clone());

    let mut response = next.run(request).await;

    let policy = variables::get_once(&REQUEST_LOG, "request_log")
        .await
        .map_or(Policy::Changes, Policy::from_variable);
    if policy.covers(&method, response.status()) {
        let elapsed = clock::monotonic_nanoseconds().saturating_sub(started);
        log(&Line {
            time: clock::now().to_string(),
            request_id: &request_id,
            trace_id: traceparent
                .as_ref()
                .and_then(|value| value.to_str().ok())
                .and_then(trace_id),
            method: method.as_str(),
            route: route.as_ref().map_or("", MatchedPath::as_str),
            status: response.status().as_u16(),
            duration_us: elapsed / 1_000,
            organization_id: context.organization(),
            cause: response
                .extensions()
                .get::<Cause>()
                .map(|cause| cause.0.as_str()),
        });
    }
    if let Ok(request_id) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert(REQUEST_ID, request_id);
    }
    response
}

/// One write a line, so that lines of requests in flight never mix.
fn log(line: &Line<'_>) {
    use std::io::Write;
    if let Ok(mut json) = serde_json::to_vec(line) {
        json.push(b'\n');
        // A log that cannot be written must not fail the request.
        let _ = std::io::stdout().write_all(&json);
    }
}
