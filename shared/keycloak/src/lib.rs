//! What a Keycloak's JSON says of users, links, groups and organizations, as it is kept.

mod facts;
mod object;
pub mod text;

pub use facts::{Group, Link, Organization, User};
pub use object::Object;

/// Why something of a Keycloak cannot be read, in the words of the inbox. They have nothing personal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fault(pub &'static str);
