//! Telling Redis what a change made untrue there.

use serde::Deserialize;
use service::{
    kept::{self, Change},
    problem::Problem,
};
use uuid::Uuid;
use vocabulary::Slug;

use super::catalogue;

const PLATFORM: &str = "platform";

/// An organization whose catalogue a change shows in, by one identity provider.
#[derive(Debug, Deserialize)]
pub struct Affected {
    id: Uuid,
    slug: Slug,
    provider: Slug,
}

/// Tells Redis of a change that stands. Platform is always among the organizations: it sees every
/// app, and may have acted for each of the others.
pub async fn announce(change: &Change, organizations: &[Affected]) -> Result<(), Problem> {
    let mut names = Vec::new();
    let platforms = organizations
        .iter()
        .filter(|affected| affected.slug.as_str() == PLATFORM);
    for platform in platforms {
        names.extend(
            organizations.iter().map(|affected| {
                catalogue::key(&platform.provider, platform.id, Some(&affected.slug))
            }),
        );
    }
    for Affected { id, slug, provider } in organizations {
        names.push(catalogue::key(provider, *id, None));
        names.push(catalogue::key(provider, *id, Some(slug)));
    }
    names.sort_unstable();
    names.dedup();
    kept::changed(change, &names).await
}
