//! Routes to answers, one file a resource.

mod users;

use http::Method;
use service::http::routes::Routes;

service::http_component!(routes);

fn routes() -> Routes {
    Routes::new()
        .on(Method::GET, "/v1/users", users::list_users)
        .on(Method::GET, "/v1/users/{user}", users::get_user)
        .on(Method::DELETE, "/v1/users/{user}", users::delete_user)
}
