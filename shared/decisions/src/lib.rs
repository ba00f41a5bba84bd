//! Access decisions: whether a subject may do something to a resource, by Casbin's rules and with
//! conditions in CEL.
//!
//! A pure function over plain data: it reads no store and no clock. What may be stored is checked by
//! [`check_condition`] and [`check_inheritance`].

mod condition;
mod decide;
mod enforcer;
mod explain;
mod inheritance;
mod names;
mod policy;
mod question;
mod reason;
mod ways;

#[cfg(test)]
mod equal_to_casbin;

pub use condition::{ConditionFault, Outcome, ReadValue, Source, Values, check_condition};
pub use decide::{Decision, decide, reads_resource};
pub use explain::{Considered, Explanation, Standing, explain};
pub use inheritance::{InheritanceFault, MOST_ROLES_IN_A_ROW, check_inheritance};
pub use policy::{Assignment, Effect, Line, SubjectPolicy};
pub use question::{AskedBy, MOST_BYTES, MOST_ENTRIES, Properties, Question, QuestionFault};
pub use ways::{MOST_WAYS, Way, Ways};
