//! The stored resources that decisions depend on.

use std::collections::{BTreeSet, HashMap};

use access::{
    Entered,
    policies::{Granted, find_resources},
};
use service::{problem::Problem, tenant::Authorized};

/// The stored properties, by the resources' types and ids.
pub async fn find_stored<'a>(
    entered: &Entered,
    authorized: &Authorized<'_>,
    granted: &Granted,
    read: BTreeSet<(&'a str, &'a str)>,
) -> Result<HashMap<(&'a str, &'a str), String>, Problem> {
    let read = read.into_iter();
    let stored: Vec<_> = read.filter(|(kind, _)| granted.may_store(kind)).collect();
    if stored.is_empty() {
        return Ok(HashMap::new());
    }
    find_resources(&entered.context, authorized, &entered.lookup, stored).await
}
