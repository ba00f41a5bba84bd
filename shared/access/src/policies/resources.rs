//! The organization's stored resources, for one request.

use std::{collections::HashMap, time::Duration};

use serde_json::value::RawValue;
use service::{
    cache::{
        Lookup,
        fill::{self, Filling},
        seal::Sealed,
    },
    problem::Problem,
    sql,
    tenant::{Authorized, TenantContext},
};

use super::{keys, subjects::TIME_TO_LIVE};

/// How long Redis remembers that a resource is not stored.
const UNKNOWN: Duration = Duration::from_secs(30);

/// Finds the stored properties of resources, each named once by its type and id: objects, as JSON. A resource that is
/// not stored is not in the result.
pub async fn find_resources<'r>(
    context: &TenantContext,
    authorized: &Authorized<'_>,
    lookup: &Lookup,
    resources: Vec<(&'r str, &'r str)>,
) -> Result<HashMap<(&'r str, &'r str), String>, Problem> {
    let tenant = keys::tenant(&context.path);
    let key = |(kind, id): &(&str, &str)| keys::resource(&tenant, kind, id);
    let values = lookup
        .more(&resources.iter().map(key).collect::<Vec<_>>())
        .await?;
    let now = lookup.at.unix_milliseconds();
    let mut found = HashMap::new();
    let mut missing = Vec::new();
    for (resource, value) in resources.into_iter().zip(values) {
        let counts = |value: &Sealed| value.age(now) <= life(&value.content);
        let kept = value.filter(counts);
        match kept.and_then(|value| String::from_utf8(value.content).ok()) {
            Some(properties) => {
                found.insert(resource, properties);
            }
            None => missing.push(resource),
        }
    }
    if !missing.is_empty() {
        let asked_at = clock::now();
        let (counter, answers) = ask(authorized, &missing).await?;
        let stored = missing.into_iter().zip(answers);
        let mut fillings = Vec::new();
        for (resource, properties) in stored {
            let properties = properties.as_deref().map_or("", RawValue::get);
            fillings.push(Filling {
                name: key(&resource),
                content: properties.as_bytes().to_owned(),
                life: life(properties.as_bytes()),
            });
            found.insert(resource, properties.to_owned());
        }
        if let Some(epoch) = &lookup.epoch {
            fill::fill(fillings, epoch, counter, asked_at).await?;
        }
    }
    // An empty text is cached for a resource that is not stored.
    found.retain(|_, properties| !properties.is_empty());
    Ok(found)
}

fn life(content: &[u8]) -> Duration {
    if content.is_empty() {
        UNKNOWN
    } else {
        TIME_TO_LIVE
    }
}

/// The stored properties of each resource, in the same order, and the number of the last change that they include.
async fn ask(
    authorized: &Authorized<'_>,
    resources: &[(&str, &str)],
) -> Result<(i64, Vec<Option<Box<RawValue>>>), Problem> {
    let (kinds, ids) = resources
        .iter()
        .map(|(kind, id)| ((*kind).to_owned(), (*id).to_owned()))
        .unzip();
    let call = sql::call("find_resources", authorized)
        .optional_texts(Some(kinds))
        .optional_texts(Some(ids));
    let mut row = call.row().await?;
    let counter = row.bigint("counter")?;
    let stored: Option<Vec<_>> = row
        .text("resources")?
        .and_then(|stored| serde_json::from_str(&stored).ok());
    match (counter, stored) {
        (Some(counter), Some(stored)) if stored.len() == resources.len() => Ok((counter, stored)),
        _ => Err(Problem::internal("find_resources returned nothing")),
    }
}
