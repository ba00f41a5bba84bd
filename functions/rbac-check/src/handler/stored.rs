//! What is stored of the resources that questions are about, where a decision depends on it.

use std::collections::HashMap;

use access::{
    Entered,
    policies::{Granted, find_resources},
};
use service::{problem::Problem, tenant::Authorized};

use crate::evaluating::{grounds::Grounds, request::Asked};

/// The properties by their resources' types and ids.
pub async fn find_stored<'a>(
    entered: &Entered,
    authorized: &Authorized<'_>,
    granted: &Granted,
    grounds: &Grounds<'_>,
    asked: &'a Asked<'_>,
) -> Result<HashMap<(&'a str, &'a str), String>, Problem> {
    let read = grounds.resources_read(asked).into_iter();
    let stored: Vec<_> = read.filter(|(kind, _)| granted.may_store(kind)).collect();
    if stored.is_empty() {
        return Ok(HashMap::new());
    }
    find_resources(&entered.context, authorized, &entered.lookup, stored).await
}
