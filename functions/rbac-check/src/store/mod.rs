//! Where data comes from and goes to.

mod policies;
mod resources;

pub use policies::find_policies;
pub use resources::{delete_resource, get_resource, list_resources, put_resource, put_resources};
