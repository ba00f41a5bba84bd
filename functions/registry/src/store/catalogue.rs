//! Where a catalogue comes from: Redis for 30 s, else PostgreSQL.

use std::time::Duration;

use service::{
    cache,
    problem::Problem,
    sql,
    tenant::{self, TenantPath},
};
use uuid::Uuid;
use vocabulary::Slug;

use crate::catalogue::Catalogue;

const TIME_TO_LIVE: Duration = Duration::from_secs(30);

/// How the cache took part, as `Cache-Status` says it (RFC 9211, section 2).
#[derive(Clone, Copy, Debug)]
pub enum CacheStatus {
    /// Served from Redis.
    Hit,
    /// Not in Redis; it is now.
    Stored,
    /// Redis is away.
    Bypassed,
}

impl CacheStatus {
    /// The header's value.
    pub fn header(self) -> &'static str {
        match self {
            Self::Hit => "shell; hit",
            Self::Stored => "shell; fwd=miss; stored",
            Self::Bypassed => "shell; fwd=bypass",
        }
    }
}

/// The catalogue at the end of a tenant's path.
pub async fn catalogue(path: &TenantPath) -> Result<(Catalogue, CacheStatus), Problem> {
    let key = key(&path.provider, path.organization, path.acting_for.as_ref());
    let kept = cache::get(&key).await;
    if let Ok(Some(kept)) = &kept {
        // What cannot be read is a miss, and is overwritten.
        if let Ok(catalogue) = serde_json::from_slice(kept) {
            return Ok((catalogue, CacheStatus::Hit));
        }
    }
    let catalogue = discover(path).await?;
    if kept.is_err() {
        return Ok((catalogue, CacheStatus::Bypassed));
    }
    let value = serde_json::to_vec(&catalogue).map_err(|e| Problem::internal(e.to_string()))?;
    let status = match cache::set(&key, &value, TIME_TO_LIVE).await {
        Ok(()) => CacheStatus::Stored,
        Err(cache::Away) => CacheStatus::Bypassed,
    };
    Ok((catalogue, status))
}

/// The whole path is in the key, so that what stands there was granted to just this path.
pub fn key(provider: &Slug, organization: Uuid, acting_for: Option<&Slug>) -> String {
    let acting_for = acting_for.map_or("", Slug::as_str);
    format!("discovery:{provider}:{organization}:{acting_for}")
}

async fn discover(path: &TenantPath) -> Result<Catalogue, Problem> {
    let mut row = sql::one_row(
        "SELECT organization_id::text, refusal, apps FROM shell.discover_catalogue($1, $2, $3)",
        sql::tenant_parameters(path),
    )
    .await?;
    if let Some(refusal) = row.text(1)? {
        return Err(tenant::refused(&refusal));
    }
    let organization = row.text(0)?.and_then(|id| Uuid::try_parse(&id).ok());
    let apps = row
        .text(2)?
        .and_then(|apps| serde_json::from_str(&apps).ok());
    match (organization, apps) {
        (Some(organization), Some(apps)) => Ok(Catalogue { organization, apps }),
        _ => Err(Problem::internal("discover_catalogue gave no catalogue")),
    }
}
