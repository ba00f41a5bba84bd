//! What a Keycloak says by the webhook of its extension `keycloak-events`: from the body of a delivery to facts.
//!
//! `type` alone tells what an event is; `resourceType` and `operationType` beside it are not looked at.

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

/// The facts of an event; none where it is about something that is not kept here.
type Facts = Result<Option<Vec<crate::facts::Fact>>, Fault>;
