//! From Keycloak's JSON for users, links, groups and organizations to the form that is stored.

mod facts;
mod object;
pub mod text;

pub use facts::{Group, Link, Organization, User};
pub use object::Object;

/// Why data of a Keycloak cannot be read, as a code for the inbox, which contains nothing personal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fault(pub &'static str);
