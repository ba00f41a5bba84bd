//! `/v1/resources`.

mod at_once;
mod faults;
mod listed;
mod routes;
