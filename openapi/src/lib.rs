//! The contract of the whole Shell, made from the functions' contracts.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

/// What is said of the whole; a function that is added is merged in [`document`].
#[derive(OpenApi)]
#[openapi(
    info(
        title = "The Shell",
        description = "Registry, identity cache, access decisions and audit trail of a platform of \
            self-contained applications. Errors are problem documents (RFC 9457). `X-Request-ID` is \
            echoed, or made. Timestamps are RFC 3339 in UTC with six fraction digits.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "Wherever the Shell is served")),
    security(("token" = [])),
    modifiers(&Token),
    tags(
        (name = "registry", description = "Which applications exist, where, and in what state"),
        (name = "audit", description = "What happened, recorded for good"),
        (name = "health", description = "Whether the Shell is alive, and whether it can serve"),
    ),
)]
struct Shell;

/// The access token of the organization's identity provider.
struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("JWT".to_owned());
        scheme.description = Some(
            "An access token of the organization's identity provider (RS256, PS256, ES256 or EdDSA) \
             with `sub`, `organization_id` and, where there is a session, `sid`."
                .to_owned(),
        );
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The OpenAPI 3.1 document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Shell::openapi();
    document.merge(registry::api::Api::openapi());
    document.merge(audit_write::api::Api::openapi());
    document.merge(health::api::Api::openapi());
    document
}
