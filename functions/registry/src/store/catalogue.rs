//! The read-through cache of catalogues: Redis for 30 s, else PostgreSQL.

use std::time::Duration;

use access::Entered;
use clock::Timestamp;
use service::{
    cache::{
        epoch::Epoch,
        fill::{self, Filling, Missing},
        seal::Sealed,
    },
    problem::Problem,
    sql,
    tenant::{Authorized, TenantPath},
};

use super::leases;
use crate::{catalogue::Catalogue, lease::Leases, shown::RegisteredApp};

/// The kind of the catalogues in Redis, in their keys.
pub const KIND: &str = "discovery";

const TIME_TO_LIVE: Duration = Duration::from_secs(30);

/// How the cache was used, for `Cache-Status` (RFC 9211, section 2).
#[derive(Clone, Copy, Debug)]
pub enum CacheStatus {
    /// The value comes from Redis, where it has been for this number of seconds.
    Hit {
        /// The value of `Age`.
        age: u64,
    },
    /// The value was not in Redis, and is now.
    Stored,
    /// The value was not in Redis, and was not stored there, since it changed in the meantime.
    Missed,
    /// Redis is unavailable, or there is no epoch yet.
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

/// The keys that a reader looks up, for the path that it claims.
pub fn keys(claimed: &TenantPath) -> Vec<String> {
    vec![claimed.key(KIND), leases::KEY.to_owned()]
}

/// What `make` returns for the catalogue of the tenant that was entered, the leases, and the time; [`keys`] were
/// looked up when the caller's token was checked. A value that cannot be read is a miss, and is overwritten.
pub async fn catalogue<T>(
    entered: &Entered,
    make: impl Fn(&Catalogue<'_>, &Leases, Timestamp) -> T,
) -> Result<(T, CacheStatus), Problem> {
    let authorized = &entered.admit().await?;
    let lookup = &entered.lookup;
    let Some(epoch) = &lookup.epoch else {
        let found = discover(authorized).await?;
        return Ok((found.made(&found.leases, make)?, CacheStatus::Bypassed));
    };
    let mut values = lookup.values.iter().map(Option::as_ref);
    let (value, kept_leases) = (values.next().flatten(), values.next().flatten());
    let kept_leases = leases::read(kept_leases, lookup.at);

    // Redis would have expired it by then: somebody else wrote it again.
    let counts = |value: &&Sealed| value.age(lookup.at.unix_milliseconds()) <= TIME_TO_LIVE;
    if let Some(value) = value.filter(counts)
        && let Some(catalogue) = Catalogue::read(&value.content)
    {
        let leases = match kept_leases {
            Some(leases) => leases,
            None => leases::find(authorized, epoch).await?,
        };
        let age = value.age(lookup.at.unix_milliseconds()).as_secs();
        return Ok((
            make(&catalogue, &leases, lookup.at),
            CacheStatus::Hit { age },
        ));
    }

    let key = entered.context.path.key(KIND);
    let lock = match fill::lock_or_wait(&key, epoch, TIME_TO_LIVE).await? {
        Missing::Locked(lock) => lock,
        Missing::Alone => {
            let found = discover(authorized).await?;
            return Ok((found.made(&found.leases, make)?, CacheStatus::Missed));
        }
        Missing::Filled(value) => {
            let now = clock::now();
            if let Some(catalogue) = Catalogue::read(&value.content) {
                let leases = match kept_leases {
                    Some(leases) => leases,
                    None => leases::find(authorized, epoch).await?,
                };
                let age = value.age(now.unix_milliseconds()).as_secs();
                return Ok((make(&catalogue, &leases, now), CacheStatus::Hit { age }));
            }
            let found = discover(authorized).await?;
            return Ok((found.made(&found.leases, make)?, CacheStatus::Missed));
        }
    };
    let filled = discover_and_fill(authorized, &key, epoch, kept_leases.is_none()).await;
    lock.release(filled.as_ref().is_err_and(Problem::is_refusal))
        .await;
    let (found, status) = filled?;
    let leases = kept_leases.as_ref().unwrap_or(&found.leases);
    Ok((found.made(leases, make)?, status))
}

/// PostgreSQL's answer, and the numbers of the changes and heartbeats that it includes.
struct Found {
    catalogue: Vec<u8>,
    counter: i64,
    leases: Leases,
    heartbeat: i64,
}

impl Found {
    fn made<T>(
        &self,
        leases: &Leases,
        make: impl Fn(&Catalogue<'_>, &Leases, Timestamp) -> T,
    ) -> Result<T, Problem> {
        Catalogue::read(&self.catalogue)
            .map(|catalogue| make(&catalogue, leases, clock::now()))
            .ok_or_else(|| Problem::internal("the catalogue cannot be read"))
    }
}

async fn discover_and_fill(
    authorized: &Authorized<'_>,
    key: &str,
    epoch: &Epoch,
    leases_too: bool,
) -> Result<(Found, CacheStatus), Problem> {
    let asked_at = clock::now();
    let found = discover(authorized).await?;
    let filling = Filling {
        name: key.to_owned(),
        content: found.catalogue.clone(),
        life: TIME_TO_LIVE,
    };
    let filled = fill::fill(vec![filling], epoch, found.counter, asked_at).await?;
    if leases_too {
        leases::keep(epoch, found.heartbeat, &found.leases, asked_at).await?;
    }
    let status = if filled {
        CacheStatus::Stored
    } else {
        CacheStatus::Missed
    };
    Ok((found, status))
}

async fn discover(authorized: &Authorized<'_>) -> Result<Found, Problem> {
    let call = sql::call("discover_catalogue", authorized);
    let mut row = call.row().await?;
    let (leases, heartbeat) = leases::leases_in(&mut row)?;
    let organization = row.uuid("organization_id")?;
    let counter = row.bigint("counter")?;
    let apps: Option<Vec<RegisteredApp>> = row
        .text("apps")?
        .and_then(|apps| serde_json::from_str(&apps).ok());
    let (Some(organization), Some(counter), Some(apps)) = (organization, counter, apps) else {
        return Err(Problem::internal("discover_catalogue returned nothing"));
    };
    Ok(Found {
        catalogue: Catalogue::keep(organization, &apps)?,
        counter,
        leases,
        heartbeat,
    })
}
