//! The keys of issuers.

mod certified;
mod faults;
mod finding;
mod keys;
mod rotating;
mod sets;
mod stores;
