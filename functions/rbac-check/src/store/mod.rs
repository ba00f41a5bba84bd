//! The data in the stores.

mod members;
mod resources;
mod roles;
mod searching;

pub use members::{delete_role_member, list_role_members, list_user_roles, put_role_member};
pub use resources::{delete_resource, get_resource, list_resources, put_resource, put_resources};
pub use roles::{delete_role, get_role, list_roles, put_role};
pub use searching::{find_known_actions, find_known_resources, find_known_subjects};
