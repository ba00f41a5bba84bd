//! Roles: their members, how a role is given, and inheritance.

mod administering;
mod administrators;
mod apart;
mod groups;
mod groups_administering;
mod groups_standing;
mod inheriting;
mod members;
