//! The terms of the contracts as types, so that an invalid value cannot be constructed.

mod app_status;
pub mod contract;
mod duration;
mod group_path;
mod id;
pub mod json;
mod loopback;
mod number;
pub mod object;
mod organization_status;
mod place;
mod plan;
mod policy;
mod slug;
mod text;
mod web_url;

pub use app_status::AppStatus;
pub use duration::duration;
pub use group_path::group_path;
pub use id::id;
pub use loopback::is_loopback;
pub use number::{integer, kept_number};
pub use organization_status::OrganizationStatus;
pub use place::Place;
pub use plan::Plan;
pub use policy::{action, condition, effect, resource_id, resource_type, stored_id, stored_type};
pub use slug::{Slug, slug};
pub use text::{category, description, domain, email, external_id, name, reason};
pub use web_url::web_url;

/// Why a text is not a valid value: what was expected, in words that can end a sentence.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected {0}")]
pub struct Invalid(pub &'static str);
