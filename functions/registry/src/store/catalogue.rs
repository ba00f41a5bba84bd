//! Where a catalogue comes from: Redis for 30 s, else PostgreSQL.

use std::time::Duration;

use service::{
    kept::{self, Look},
    problem::Problem,
    seal::Sealed,
    sql,
    tenant::{self, TenantPath},
};
use uuid::Uuid;
use vocabulary::Slug;

use crate::{api::apps::App, catalogue::Catalogue, versioned::Versioned};

const TIME_TO_LIVE: Duration = Duration::from_secs(30);

/// How the cache took part, as `Cache-Status` says it (RFC 9211, section 2).
#[derive(Clone, Copy, Debug)]
pub enum CacheStatus {
    /// Served from Redis, where it has been for so many seconds.
    Hit {
        /// What `Age` says.
        age: u64,
    },
    /// Not in Redis; it is now.
    Stored,
    /// Not in Redis, and not put there: it changed in the meantime.
    Missed,
    /// Redis is away, or has no lease yet.
    Bypassed,
}

impl CacheStatus {
    /// The header's value.
    pub fn header(self) -> &'static str {
        match self {
            Self::Hit { .. } => "shell; hit",
            Self::Stored => "shell; fwd=miss; stored",
            Self::Missed => "shell; fwd=miss",
            Self::Bypassed => "shell; fwd=bypass",
        }
    }
}

/// What `make` makes of the catalogue at the end of a tenant's path; `look` is what was found when
/// the caller's token was checked. What cannot be read is a miss, and is overwritten.
pub async fn catalogue<T>(
    path: &TenantPath,
    look: Look,
    make: impl Fn(&Catalogue<'_>) -> T,
) -> Result<(T, CacheStatus), Problem> {
    let hit = |value: &Sealed| {
        let made = make(&Catalogue::read(&value.content)?);
        let age = clock::now()
            .unix_milliseconds()
            .saturating_sub(value.written_at)
            / 1_000;
        Some((made, CacheStatus::Hit { age }))
    };
    if let Some(hit) = look.value.as_ref().and_then(hit) {
        return Ok(hit);
    }
    let key = key(&path.provider, path.organization, path.acting_for.as_ref());
    if let Some(lease) = &look.lease {
        let filled = kept::wait_for_another(&key, lease).await?;
        if let Some(hit) = filled.as_ref().and_then(hit) {
            return Ok(hit);
        }
    }
    let (catalogue, counter) = discover(path).await?;
    let made = Catalogue::read(&catalogue).map(|catalogue| make(&catalogue));
    let made = made.ok_or_else(|| Problem::internal("a catalogue that cannot be read"))?;
    let status = match look.lease {
        None => CacheStatus::Bypassed,
        Some(lease) if kept::fill(&key, &lease, counter, catalogue, TIME_TO_LIVE).await? => {
            CacheStatus::Stored
        }
        Some(_) => CacheStatus::Missed,
    };
    Ok((made, status))
}

/// The whole path is in the key, so that what stands there was granted to just this path.
pub fn key(provider: &Slug, organization: Uuid, acting_for: Option<&Slug>) -> String {
    let acting_for = acting_for.map_or("", Slug::as_str);
    format!("discovery:{provider}:{organization}:{acting_for}")
}

/// The catalogue, and the change counter that it is at least as new as.
async fn discover(path: &TenantPath) -> Result<(Vec<u8>, i64), Problem> {
    let mut row = sql::one_row(
        "SELECT organization_id::text, refusal, counter::text, apps \
         FROM shell.discover_catalogue($1, $2, $3)",
        sql::tenant_parameters(path),
    )
    .await?;
    if let Some(refusal) = row.text(1)? {
        return Err(tenant::refused(&refusal));
    }
    let organization = row.text(0)?.and_then(|id| Uuid::try_parse(&id).ok());
    let counter = row.text(2)?.and_then(|counter| counter.parse().ok());
    let apps: Option<Vec<Versioned<App>>> = row
        .text(3)?
        .and_then(|apps| serde_json::from_str(&apps).ok());
    let (Some(organization), Some(counter), Some(apps)) = (organization, counter, apps) else {
        return Err(Problem::internal("discover_catalogue gave no catalogue"));
    };
    Ok((Catalogue::keep(organization, &apps)?, counter))
}
