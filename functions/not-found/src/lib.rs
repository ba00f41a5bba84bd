//! Answers requests for unknown paths with a problem document.

#[cfg(target_family = "wasm")]
service::http_component!(service::http::routes::Routes::new);
