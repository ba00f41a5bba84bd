//! What keeps tenants, and other users of the database server, apart.

mod runtime_rights;
mod runtime_role;
mod tables;
mod walls;
