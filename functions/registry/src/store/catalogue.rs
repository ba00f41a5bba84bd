//! Where a catalogue comes from: Redis for 30 s, else PostgreSQL.

use std::time::Duration;

use clock::Timestamp;
use service::{
    kept::{self, Lookup, Missing},
    lease::Lease,
    problem::Problem,
    seal::Sealed,
    sql,
    tenant::TenantContext,
};

use crate::{api::apps::App, catalogue::Catalogue, versioned::Versioned};

/// What the catalogues in Redis are of, in their keys.
pub const KIND: &str = "discovery";

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

/// What `make` makes of the catalogue of the tenant that was entered, and of the time; `lookup` is what was
/// found when the caller's token was checked. What cannot be read is a miss, and is overwritten.
pub async fn catalogue<T>(
    context: &TenantContext,
    lookup: Lookup,
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
    let value = lookup.values.first().and_then(Option::as_ref);
    if let Some(hit) = value.and_then(|value| hit(value, lookup.at)) {
        return Ok(hit);
    }
    let Some(lease) = lookup.lease else {
        let (catalogue, _) = discover(context).await?;
        return Ok((read(&catalogue, make)?, CacheStatus::Bypassed));
    };
    let key = context.path.key(KIND);
    let turn = match kept::wait_for_turn(&key, &lease, TIME_TO_LIVE).await? {
        Missing::Turn(turn) => turn,
        Missing::Filled(value) => match hit(&value, clock::now()) {
            Some(hit) => return Ok(hit),
            None => {
                let (catalogue, _) = discover(context).await?;
                return Ok((read(&catalogue, make)?, CacheStatus::Missed));
            }
        },
    };
    let filled = discover_and_fill(context, &key, &lease).await;
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
    context: &TenantContext,
    key: &str,
    lease: &Lease,
) -> Result<(Vec<u8>, CacheStatus), Problem> {
    let (catalogue, counter) = discover(context).await?;
    let stored = kept::fill(key, lease, counter, catalogue.clone(), TIME_TO_LIVE).await?;
    let status = if stored {
        CacheStatus::Stored
    } else {
        CacheStatus::Missed
    };
    Ok((catalogue, status))
}

/// The catalogue, and the change counter that it is at least as new as.
async fn discover(context: &TenantContext) -> Result<(Vec<u8>, i64), Problem> {
    let call = sql::call("discover_catalogue", &access::admit(context));
    let mut row = call.row().await?;
    let organization = row.uuid("organization_id")?;
    let counter = row.bigint("counter")?;
    let apps: Option<Vec<Versioned<App>>> = row
        .text("apps")?
        .and_then(|apps| serde_json::from_str(&apps).ok());
    let (Some(organization), Some(counter), Some(apps)) = (organization, counter, apps) else {
        return Err(Problem::internal("discover_catalogue gave no catalogue"));
    };
    Ok((Catalogue::keep(organization, &apps)?, counter))
}
