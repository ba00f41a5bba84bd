//! The data in the stores.

mod apps;
mod catalogue;
mod changes;
mod leases;
mod organizations;

pub use apps::{Changed, disable_app, enable_app, put_app, renew_lease, retire_app};
pub use catalogue::{CacheStatus, catalogue, keys};
pub use organizations::{find_slug, get_organization, list_organizations, put_organization};
