//! Events of Keycloak's extension `keycloak-events`, delivered by webhook: from the body of a delivery to
//! facts.
//!
//! Only `type` says what kind of event it is; `resourceType` and `operationType` are ignored.

mod accounts;
#[cfg(test)]
mod captured;
mod clients;
mod delivery;
#[cfg(test)]
mod fuzzing;
mod groups;
#[cfg(test)]
mod meanings;
#[cfg(test)]
mod meanings_of_ends;
mod organizations;
mod readers;
mod reading;
mod scim;
mod sessions;
mod types;
mod users;

pub use keycloak::Fault;
pub use readers::types as read_types;
pub use reading::{Reading, read};

/// The facts of an event; none if it is about something that is not stored here.
type Facts = Result<Option<Vec<crate::facts::Fact>>, Fault>;
