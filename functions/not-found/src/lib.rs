//! Answers what no other function takes, with a problem document.

#[cfg(target_family = "wasm")]
mod handler {
    use service::{routes::Routes, serve};
    use spin_sdk::{
        http::{IntoResponse, Request},
        http_service,
    };

    #[http_service]
    async fn handle(request: Request) -> impl IntoResponse {
        serve::serve(Routes::new, request).await
    }
}
