//! Invalidates in Redis what a change has made stale for decisions.

use serde::Deserialize;
use service::{
    cache::changes::{Change, invalidate, invalidate_and_revoke},
    problem::Problem,
    revocation::Revoked,
    tenant::cutoff_keys,
};
use uuid::Uuid;

use super::keys;

/// The data that a change of one organization has made stale.
#[derive(Clone, Copy, Debug)]
pub enum Untrue<'a> {
    /// Every policy of the organization, whose version has increased: a role or its permissions changed.
    Policies,
    /// The policy of one subject, by its `external_id`: its assignments or its data changed.
    Policy(&'a str),
    /// The stored resources with these types and ids.
    Resources {
        /// Their types and ids.
        resources: &'a [(String, String)],
        /// Whether the first resource of a type was stored, or the last one removed.
        types_too: bool,
    },
}

/// Updates Redis after a change that `shell.change_to_tell` describes. Only then may it be answered with 2xx.
pub async fn tell(change: &str, untrue: Untrue<'_>) -> Result<(), Problem> {
    let change = Change::read(change)?;
    let names = change.names_of_the_one();
    let names = names.iter().flatten().map(String::as_str);
    let keys = match untrue {
        Untrue::Policies => change.keys_of_the_one(keys::ACCESS),
        Untrue::Policy(subject) => names.map(|name| keys::policy(name, subject)).collect(),
        Untrue::Resources {
            resources,
            types_too,
        } => {
            let of_all = names.flat_map(|name| {
                let mut resources = resources.iter();
                std::iter::from_fn(move || {
                    let (kind, id) = resources.next()?;
                    Some(keys::resource(name, kind, id))
                })
            });
            let mut keys: Vec<_> = of_all.collect();
            if types_too {
                keys.extend(change.keys_of_the_one(keys::ACCESS));
            }
            keys
        }
    };
    invalidate(&change, &keys).await
}

/// What a change of users, groups or their organizations has made stale, as the database functions report it.
#[derive(Debug, Deserialize)]
struct Touched {
    /// The subjects whose policies have changed.
    policies: Vec<TouchedPolicy>,
    /// Whether every policy of the affected organizations is stale.
    voided: bool,
    /// Whether names of organizations have changed.
    namings: bool,
    /// The subjects whose tokens were revoked.
    cutoffs: Vec<Cutoff>,
    /// The revocations. SQL functions of a version without revocations do not return them.
    #[serde(default)]
    revocations: Vec<Revoked>,
}

#[derive(Debug, Deserialize)]
struct TouchedPolicy {
    id: Uuid,
    slug: String,
    subject: String,
}

/// The cut-off of one subject in an organization, or of all its subjects.
#[derive(Debug, Deserialize)]
struct Cutoff {
    provider: String,
    organization: Uuid,
    subject: Option<String>,
}

/// Updates Redis after a change of users, groups or their organizations; the function also returned `touched`. Only
/// then may the change be answered with 2xx.
pub async fn tell_touched(change: &str, touched: &str) -> Result<(), Problem> {
    let change = Change::read(change)?;
    let touched: Touched = serde_json::from_str(touched)
        .map_err(|fault| Problem::internal(format!("the keys that a change affects: {fault}")))?;
    let mut keys = Vec::new();
    for policy in &touched.policies {
        keys.push(keys::policy(&policy.id.to_string(), &policy.subject));
        keys.push(keys::policy(&policy.slug, &policy.subject));
    }
    if touched.voided {
        keys.extend(change.keys(keys::ACCESS));
    }
    if touched.namings {
        keys.extend(change.namings());
    }
    for cutoff in &touched.cutoffs {
        let subject = cutoff.subject.as_deref();
        let [of_all, of_one] = cutoff_keys(
            &cutoff.provider,
            cutoff.organization,
            subject.unwrap_or_default(),
        );
        keys.push(if subject.is_some() { of_one } else { of_all });
    }
    invalidate_and_revoke(&change, &keys, &touched.revocations).await
}
