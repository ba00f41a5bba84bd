//! Telling Redis what a change made untrue of what it keeps for decisions.

use service::{
    cache::changes::{Change, invalidate},
    problem::Problem,
};

use super::keys;

/// What a change of one organization made untrue.
#[derive(Clone, Copy, Debug)]
pub enum Untrue<'a> {
    /// Every policy of the organization, whose version has risen: a role, or what it permits, changed.
    Policies,
    /// The policy of one subject, by its `external_id`: what it was assigned, or what it is.
    Policy(&'a str),
    /// What is known of resources, given by their types and ids.
    Resources {
        /// Which.
        resources: &'a [(String, String)],
        /// Whether the first of a type was stored, or the last one removed.
        types_too: bool,
    },
}

/// Tells Redis of a change, as `shell.change_to_tell` describes it. Only then may it be answered 2xx.
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
