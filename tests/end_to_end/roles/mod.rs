//! Roles: their members, how a role is given, and inheritance.

pub(crate) mod administering;
mod administrators;
mod apart;
pub(crate) mod groups;
mod groups_administering;
mod groups_standing;
mod inheriting;
mod members;
