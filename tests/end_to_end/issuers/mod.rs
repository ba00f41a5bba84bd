//! The keys of those who issue tokens.

mod certified;
mod faults;
mod finding;
mod keys;
mod rotating;
mod sets;
mod stores;
