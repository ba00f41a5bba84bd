//! From routes to answers, one file for each resource.

mod backchannel_logout;
mod introspecting;
mod revocations;
mod revoking;
mod ssf;
mod ssf_secret;
mod token_form;

use http::Method;
use service::http::routes::Routes;

service::http_component!(routes);

fn routes() -> Routes {
    Routes::new()
        .on(
            Method::POST,
            "/v1/webhooks/backchannel-logout",
            backchannel_logout::receive,
        )
        .on(
            Method::POST,
            "/v1/webhooks/backchannel-logout/{provider}",
            backchannel_logout::receive_of_provider,
        )
        .on(Method::POST, "/v1/webhooks/ssf", ssf::receive)
        .on(
            Method::POST,
            "/v1/webhooks/ssf/{transmitter}",
            ssf::receive_of_transmitter,
        )
        .on(Method::POST, "/v1/tokens/revoke", revoking::revoke)
        .on(
            Method::POST,
            "/v1/tokens/introspect",
            introspecting::introspect,
        )
        .on(Method::GET, "/v1/revocations", revocations::list)
        .on(Method::POST, "/v1/revocations", revocations::add)
}
