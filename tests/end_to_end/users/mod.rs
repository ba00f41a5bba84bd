//! `/v1/users`.

mod erased;
mod removed;
mod routes;
