//! Answers what no other function takes, with a problem document.

#[cfg(target_family = "wasm")]
service::http_component!(service::http::routes::Routes::new);
