//! PostgreSQL and Redis that stop, hang and come back.

mod faults;
mod reasons;
mod stopping;
