//! The contract: types and operations, one file a resource.

pub mod users;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(users::list_users, users::get_user, users::delete_user))]
pub struct Api;
