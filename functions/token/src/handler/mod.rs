//! Routes to answers, one file a resource.

mod backchannel_logout;
mod ssf;
mod ssf_secret;

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
}
