//! Policies of subjects, for one request.

use std::collections::HashMap;

use decisions::SubjectPolicy;
use service::{
    cache::{
        Lookup,
        fill::{self, Filling},
        seal::Sealed,
    },
    problem::Problem,
    sql,
    tenant::{Authorized, TenantContext, TenantPath},
};
use std::time::Duration;

use super::{Granted, KeptPolicy, keys};

/// How long Redis caches the data of decisions.
pub(super) const TIME_TO_LIVE: Duration = Duration::from_secs(5 * 60);

/// The data for one request's decisions about subjects.
pub struct Subjects {
    /// What is common to all of them.
    pub granted: Granted,
    /// The policies of the requested subjects, by their `external_id`.
    pub policies: HashMap<String, KeptPolicy>,
}

/// The keys to look up when the caller enters, for a tenant and the subjects that are known by then.
pub fn keys_of_subjects<'s>(
    path: &TenantPath,
    subjects: impl Iterator<Item = &'s str>,
) -> Vec<String> {
    let tenant = keys::tenant(path);
    let policies = subjects.map(|subject| keys::policy(&tenant, subject));
    let granted = path.key(keys::ACCESS);
    std::iter::once(granted).chain(policies).collect()
}

/// Finds the policies of subjects, each named once. `looked_up` has the values of the first [`keys_of_subjects`],
/// which were looked up when the caller entered; the others are looked up now.
pub async fn find_subjects(
    context: &TenantContext,
    authorized: &Authorized<'_>,
    lookup: &Lookup,
    looked_up: Vec<Option<Sealed>>,
    subjects: &[&str],
) -> Result<Subjects, Problem> {
    let now = lookup.at.unix_milliseconds();
    let counts = |value: &Sealed| value.age(now) <= TIME_TO_LIVE;
    let mut values = looked_up;
    if values.len() <= subjects.len() {
        let mut keys = keys_of_subjects(&context.path, subjects.iter().copied());
        values.extend(lookup.more(&keys.split_off(values.len())).await?);
    }
    let mut values = values.into_iter();
    let granted = values.next().flatten().filter(counts);
    let Some(granted) = granted.and_then(|value| Granted::from_bytes(&value.content)) else {
        return ask(context, authorized, lookup, subjects).await;
    };
    let mut policies = HashMap::new();
    let mut missing = Vec::new();
    for (subject, value) in subjects.iter().zip(values) {
        let value = value.filter(counts);
        match value.and_then(|value| KeptPolicy::of_version(granted.version, value.content)) {
            Some(policy) => {
                policies.insert((*subject).to_owned(), policy);
            }
            None => missing.push(*subject),
        }
    }
    if missing.is_empty() {
        return Ok(Subjects { granted, policies });
    }
    let mut found = ask(context, authorized, lookup, &missing).await?;
    // If the version has changed since then, the cached policies are those of the version before.
    if found.granted.version != granted.version {
        return ask(context, authorized, lookup, subjects).await;
    }
    found.policies.extend(policies);
    Ok(found)
}

/// Reads PostgreSQL and caches the answer.
async fn ask(
    context: &TenantContext,
    authorized: &Authorized<'_>,
    lookup: &Lookup,
    subjects: &[&str],
) -> Result<Subjects, Problem> {
    let asked_at = clock::now();
    let named = subjects
        .iter()
        .map(|subject| (*subject).to_owned())
        .collect();
    let call = sql::call("find_access", authorized).optional_texts(Some(named));
    let mut row = call.row().await?;
    let (organization, of_platform) = (row.uuid("organization_id")?, row.boolean("of_platform")?);
    let (version, counter) = (row.bigint("version")?, row.bigint("counter")?);
    let types = row.text("stored_types")?;
    let documents = row.text("policies")?;
    let (Some(organization), Some(of_platform), Some(version), Some(counter), Some(documents)) =
        (organization, of_platform, version, counter, documents)
    else {
        return Err(Problem::internal("find_access returned nothing"));
    };
    let unreadable = |fault| Problem::internal(format!("find_access: {fault}"));
    let types = types.map(|types| serde_json::from_str(&types));
    let types = types.transpose().map_err(unreadable)?;
    let granted = Granted::new(organization, of_platform, version, types);
    let documents: Vec<SubjectPolicy> = serde_json::from_str(&documents).map_err(unreadable)?;
    let mut policies = HashMap::new();
    for policy in documents {
        let kept = KeptPolicy::new(version, &policy).map_err(unkept)?;
        policies.insert(policy.subject, kept);
    }
    let found = Subjects { granted, policies };
    if let Some(epoch) = &lookup.epoch {
        let fillings = fillings(&context.path, &found)?;
        fill::fill(fillings, epoch, counter, asked_at).await?;
    }
    Ok(found)
}

fn fillings(path: &TenantPath, found: &Subjects) -> Result<Vec<Filling>, Problem> {
    let tenant = keys::tenant(path);
    let filling = |name, content| Filling {
        name,
        content,
        life: TIME_TO_LIVE,
    };
    let granted = found.granted.to_bytes().map_err(unkept)?;
    let granted = filling(path.key(keys::ACCESS), granted);
    let policies = found.policies.iter().map(|(subject, policy)| {
        filling(keys::policy(&tenant, subject), policy.as_bytes().to_owned())
    });
    Ok(std::iter::once(granted).chain(policies).collect())
}

fn unkept(fault: postcard::Error) -> Problem {
    Problem::internal(format!(
        "the policy of a decision cannot be cached: {fault}"
    ))
}
