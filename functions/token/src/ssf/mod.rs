//! Security events: from the claims of a token to an event of the inbox.
//!
//! `docs/ssf.md` has the table of the types.

mod meanings;
mod reading;
mod subjects;
mod times;

#[cfg(test)]
mod captured;
#[cfg(test)]
mod fuzzing;
#[cfg(test)]
mod testing;

pub use reading::read;

/// Why an authentic event cannot be applied, as a code for the inbox, which contains nothing personal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fault(pub &'static str);
