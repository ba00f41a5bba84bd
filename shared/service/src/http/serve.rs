//! What happens around every handler: the log line, the request id, and passing the answer to the host.

use std::{borrow::Cow, sync::OnceLock};

use http::{Method, StatusCode};
use spin_sdk::wasip3::{
    self,
    http::types::{self, ErrorCode, Fields},
    wit_future, wit_stream,
};

use crate::{
    http::{
        head::Head,
        request::Request,
        request_log::{Line, Policy, trace_id},
        response::Response,
        routes::Routes,
    },
    log, variables,
};

static REQUEST_LOG: OnceLock<String> = OnceLock::new();

/// Makes the crate a component that answers HTTP requests with these routes.
#[macro_export]
macro_rules! http_component {
    ($routes:expr) => {
        struct Component;

        ::spin_sdk::wasip3::http::service::export!(Component with_types_in $crate::deadline::entry);

        impl ::spin_sdk::wasip3::exports::http::handler::Guest for Component {
            async fn handle(
                request: ::spin_sdk::wasip3::http::types::Request,
            ) -> Result<
                ::spin_sdk::wasip3::http::types::Response,
                ::spin_sdk::wasip3::http::types::ErrorCode,
            > {
                $crate::http::serve::serve($routes, request).await
            }
        }
    };
}

/// Answers a request with a function's routes, which are built once in an instance's life.
///
/// # Errors
///
/// The host refuses the request or the answer.
pub async fn serve(
    routes: fn() -> Routes,
    request: types::Request,
) -> Result<types::Response, ErrorCode> {
    static ROUTES: OnceLock<Routes> = OnceLock::new();
    let routes = ROUTES.get_or_init(routes);
    let started = clock::monotonic_nanoseconds();
    let request = Request::try_from(request)?;
    let head = request.head.clone();

    let (route, response) = routes.answer(request).await;

    let policy = variables::get_once(&REQUEST_LOG, "request_log")
        .await
        .map_or(Policy::Changes, Policy::from_variable);
    let is_read = response.is_read || head.method().is_safe();
    if policy.covers(is_read, response.status) || response.cause.is_some() {
        let elapsed = clock::monotonic_nanoseconds().saturating_sub(started);
        let traceparent = head.header("traceparent").into_iter().next();
        log::line(&Line {
            time: clock::now().to_string(),
            request_id: head.request_id(),
            trace_id: traceparent.as_deref().and_then(trace_id),
            method: head.method().as_str(),
            route: route.unwrap_or_default(),
            status: response.status.as_u16(),
            duration_us: elapsed / 1_000,
            organization_id: head.organization(),
            cause: response.cause.as_deref(),
        });
    }
    send(&head, response)
}

/// Passes an answer to the host.
fn send(head: &Head, response: Response) -> Result<types::Response, ErrorCode> {
    let Response {
        status,
        mut headers,
        body,
        ..
    } = response;
    headers.push(("x-request-id", Cow::Owned(head.request_id().to_owned())));
    // RFC 9110, section 8.6: 204 has no length; that of 304 would be the length of the body that is left out. Without
    // a length, the host sends the last chunk separately, and clients wait for it.
    if ![StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status) {
        headers.push(("content-length", Cow::Owned(body.len().to_string())));
    }
    let fields: Vec<_> = headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into_owned().into_bytes()))
        .collect();
    let failed = |fault: String| ErrorCode::InternalError(Some(fault));
    let fields = Fields::from_list(&fields).map_err(|fault| failed(fault.to_string()))?;

    let (trailers_writer, trailers) = wit_future::new(|| Ok(None));
    let has_body = !body.is_empty() && head.method() != Method::HEAD;
    let (writer, contents) = has_body.then(wit_stream::new).unzip();
    let (sent, _outcome) = types::Response::new(fields, contents, trailers);
    // An answer of the host has this status by default.
    if status != StatusCode::OK {
        sent.set_status_code(status.as_u16())
            .map_err(|()| failed(format!("status {status}")))?;
    }
    // This continues after the answer has been passed on. If the client is gone, nothing reads the body.
    wasip3::spawn(async move {
        if let Some(mut writer) = writer {
            writer.write_all(body).await;
        }
        let _ = trailers_writer.write(Ok(None)).await;
    });
    Ok(sent)
}
