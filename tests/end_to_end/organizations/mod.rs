//! `/v1/organizations`.

mod domains;
mod named;
mod routes;
mod suspending;
