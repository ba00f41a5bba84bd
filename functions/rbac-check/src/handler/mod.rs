//! Routes to answers, one file a resource.

mod evaluations;

use http::Method;
use service::http::routes::Routes;

service::http_component!(routes);

fn routes() -> Routes {
    Routes::new()
        .on(Method::POST, "/access/v1/evaluation", evaluations::evaluate)
        .on(
            Method::POST,
            "/access/v1/evaluations",
            evaluations::evaluate_several,
        )
}
