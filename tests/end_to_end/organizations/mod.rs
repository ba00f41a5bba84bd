//! `/v1/organizations`.

mod domains;
mod named;
pub(crate) mod routes;
mod suspending;
