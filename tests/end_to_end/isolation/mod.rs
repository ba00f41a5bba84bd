//! What keeps tenants, and other users of the database server, apart.

mod runtime_role;
pub(crate) mod tables;
mod walls;
