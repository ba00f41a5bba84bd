//! PostgreSQL and Redis that stop, hang and come back.

pub(crate) mod faults;
mod reasons;
pub(crate) mod stopping;
