//! Where a catalogue comes from: Redis for 30 s, else PostgreSQL.

use std::time::Duration;

use clock::Timestamp;
use service::{
    kept::{self, Look, Missing},
    lease::Lease,
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

/// What `make` makes of the catalogue at the end of a tenant's path and of the time; `look` is what was found when
/// the caller's token was checked. What cannot be read is a miss, and is overwritten.
pub async fn catalogue<T>(
    path: &TenantPath,
    look: Look,
    make: impl Fn(&Catalogue<'_>, Timestamp) -> T + Copy,
) -> Result<(T, CacheStatus), Problem> {
    let hit = |value: &Sealed, now: Timestamp| {
        let age = value.age(now.unix_milliseconds());
        // Redis would have let it go: somebody else put it back.
        if age > TIME_TO_LIVE {
            return None;
        }
        let made = make(&Catalogue::read(&value.content)?, now);
        Some((made, CacheStatus::Hit { age: age.as_secs() }))
    };
    if let Some(hit) = look.value.as_ref().and_then(|value| hit(value, look.at)) {
        return Ok(hit);
    }
    let Some(lease) = look.lease else {
        let (catalogue, _) = discover(path).await?;
        return Ok((read(&catalogue, make)?, CacheStatus::Bypassed));
    };
    let key = key(&path.provider, path.organization, path.acting_for.as_ref());
    let turn = match kept::wait_for_turn(&key, &lease, TIME_TO_LIVE).await? {
        Missing::Turn(turn) => turn,
        Missing::Filled(value) => match hit(&value, clock::now()) {
            Some(hit) => return Ok(hit),
            None => {
                let (catalogue, _) = discover(path).await?;
                return Ok((read(&catalogue, make)?, CacheStatus::Missed));
            }
        },
    };
    let filled = discover_and_fill(path, &key, &lease).await;
    turn.end().await;
    let (catalogue, status) = filled?;
    Ok((read(&catalogue, make)?, status))
}

fn read<T>(catalogue: &[u8], make: impl Fn(&Catalogue<'_>, Timestamp) -> T) -> Result<T, Problem> {
    Catalogue::read(catalogue)
        .map(|catalogue| make(&catalogue, clock::now()))
        .ok_or_else(|| Problem::internal("a catalogue that cannot be read"))
}

async fn discover_and_fill(
    path: &TenantPath,
    key: &str,
    lease: &Lease,
) -> Result<(Vec<u8>, CacheStatus), Problem> {
    let (catalogue, counter) = discover(path).await?;
    let stored = kept::fill(key, lease, counter, catalogue.clone(), TIME_TO_LIVE).await?;
    let status = if stored {
        CacheStatus::Stored
    } else {
        CacheStatus::Missed
    };
    Ok((catalogue, status))
}

/// The whole path is in the key, so that what stands there was granted to just this path.
pub fn key(provider: &Slug, organization: Uuid, acting_for: Option<&Slug>) -> String {
    let mut buffer = Uuid::encode_buffer();
    let organization = organization.hyphenated().encode_lower(&mut buffer);
    let acting_for = acting_for.map_or("", Slug::as_str);
    ["discovery", provider.as_str(), organization, acting_for].join(":")
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
