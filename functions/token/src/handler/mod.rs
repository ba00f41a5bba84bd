//! Routes to answers, one file a resource.

mod introspecting;
mod revocations;
mod revoking;
mod token_form;

use http::Method;
use service::http::routes::Routes;

service::http_component!(routes);

fn routes() -> Routes {
    Routes::new()
        .on(Method::POST, "/v1/tokens/revoke", revoking::revoke)
        .on(
            Method::POST,
            "/v1/tokens/introspect",
            introspecting::introspect,
        )
        .on(Method::GET, "/v1/revocations", revocations::list)
        .on(Method::POST, "/v1/revocations", revocations::add)
}
