//! The keys of issuers.

mod certified;
mod faults;
pub(crate) mod finding;
mod keys;
mod rotating;
mod sets;
mod stores;
