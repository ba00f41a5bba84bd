//! What happens around every handler: the request id and the log line.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};
use uuid::Uuid;

use crate::{
    problem::Cause,
    request_log::{Line, Policy, trace_id, usable_request_id},
    routes::Routes,
    variables,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

static REQUEST_LOG: OnceLock<String> = OnceLock::new();

/// What the log line says that only the handler knows: a clone in the request's extensions.
#[derive(Clone)]
pub struct Context(Arc<Known>);

struct Known {
    request_id: String,
    organization: Mutex<Option<Uuid>>,
}

impl Context {
    /// What `X-Request-ID` said, or what was made in its place.
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// Says which organization the request is about.
    pub fn concerns(&self, organization: Uuid) {
        *self.known_organization() = Some(organization);
    }

    fn known_organization(&self) -> MutexGuard<'_, Option<Uuid>> {
        let organization = &self.0.organization;
        organization.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a request with a function's routes, which are made once in an instance's life.
pub async fn serve(
    routes: fn() -> Routes,
    mut request: spin_sdk::http::Request,
) -> Result<Response, spin_sdk::http::Error> {
    static ROUTES: OnceLock<Routes> = OnceLock::new();
    let routes = ROUTES.get_or_init(routes);
    let started = clock::monotonic_nanoseconds();
    let method = request.method().clone();
    let traceparent = request.headers().get("traceparent").cloned();
    let request_id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|sent| sent.to_str().ok())
        .filter(|sent| usable_request_id(sent))
        .map_or_else(|| clock::new_identifier().to_string(), str::to_owned);
    let context = Context(Arc::new(Known {
        request_id,
        organization: Mutex::default(),
    }));
    request.extensions_mut().insert(context.clone());

    let (route, mut response) = routes.answer(request).await;

    let policy = variables::get_once(&REQUEST_LOG, "request_log")
        .await
        .map_or(Policy::Changes, Policy::from_variable);
    if policy.covers(&method, response.status()) {
        let elapsed = clock::monotonic_nanoseconds().saturating_sub(started);
        log(&Line {
            time: clock::now().to_string(),
            request_id: context.request_id(),
            trace_id: traceparent
                .as_ref()
                .and_then(|value| value.to_str().ok())
                .and_then(trace_id),
            method: method.as_str(),
            route: route.unwrap_or_default(),
            status: response.status().as_u16(),
            duration_us: elapsed / 1_000,
            organization_id: *context.known_organization(),
            cause: response
                .extensions()
                .get::<Cause>()
                .map(|cause| cause.0.as_str()),
        });
    }
    if let Ok(request_id) = HeaderValue::from_str(context.request_id()) {
        response.headers_mut().insert(REQUEST_ID, request_id);
    }
    // RFC 9110, section 8.6: here a length would be the one of the body that is left out.
    if response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    Ok(response)
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
