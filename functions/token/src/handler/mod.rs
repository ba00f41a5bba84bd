//! Routes to answers, one file a resource.

use service::http::routes::Routes;

service::http_component!(routes);

fn routes() -> Routes {
    Routes::new()
}
