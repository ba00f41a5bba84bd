//! The isolation of tenants from each other, and from other users of the database server.

mod runtime_rights;
mod runtime_role;
mod tables;
mod walls;
