//! The read-through cache of leases: one value for all apps in Redis, which each heartbeat rewrites, else PostgreSQL.

use std::time::Duration;

use clock::Timestamp;
use service::{
    cache::{
        changes::{self, Replacement},
        epoch::Epoch,
        fill::{self, Filling, Missing},
        seal::Sealed,
    },
    problem::Problem,
    sql::{self, Row},
    tenant::Authorized,
};

use crate::lease::Leases;

/// The key of the value.
pub const KEY: &str = "app-leases";

const TIME_TO_LIVE: Duration = Duration::from_secs(30);

/// The cached leases, if they are valid at a moment.
pub fn read(kept: Option<&Sealed>, now: Timestamp) -> Option<Leases> {
    let kept = kept.filter(|kept| kept.age(now.unix_milliseconds()) <= TIME_TO_LIVE)?;
    Leases::read(&kept.content)
}

/// Asks PostgreSQL, or waits for the request that does.
pub async fn find(authorized: &Authorized<'_>, epoch: &Epoch) -> Result<Leases, Problem> {
    let lock = match fill::lock_or_wait(KEY, epoch, TIME_TO_LIVE).await? {
        Missing::Locked(lock) => lock,
        Missing::Alone => return Ok(ask(authorized).await?.0),
        Missing::Filled(kept) => match read(Some(&kept), clock::now()) {
            Some(leases) => return Ok(leases),
            None => return Ok(ask(authorized).await?.0),
        },
    };
    let asked_at = clock::now();
    let found = ask(authorized).await;
    if let Ok((leases, number)) = &found {
        keep(epoch, *number, leases, asked_at).await?;
    }
    // The leases are the same for all callers: a refusal of one caller says nothing about the others.
    lock.release(false).await;
    Ok(found?.0)
}

async fn ask(authorized: &Authorized<'_>) -> Result<(Leases, i64), Problem> {
    let call = sql::call("find_leases", authorized);
    leases_in(&mut call.row().await?)
}

/// The leases in a row, and the number of the last heartbeat that they include.
pub fn leases_in(row: &mut Row) -> Result<(Leases, i64), Problem> {
    let leases = row.text("leases")?.unwrap_or_default();
    let number = row.bigint("heartbeat")?;
    let number = number.ok_or_else(|| Problem::internal("leases have no number"))?;
    Ok((Leases::from_json(&leases)?, number))
}

/// Caches PostgreSQL's answer to a query of that moment, unless something newer has been cached.
pub async fn keep(
    epoch: &Epoch,
    number: i64,
    leases: &Leases,
    asked_at: Timestamp,
) -> Result<(), Problem> {
    let filling = Filling {
        name: KEY.to_owned(),
        content: leases.keep()?,
        life: TIME_TO_LIVE,
    };
    fill::fill(vec![filling], epoch, number, asked_at).await?;
    Ok(())
}

/// Updates Redis after a heartbeat.
pub async fn tell(
    epoch: Option<&Epoch>,
    number: i64,
    leases: &Leases,
    asked_at: Timestamp,
) -> Result<(), Problem> {
    let now = Replacement {
        number,
        content: leases.keep()?,
        life: TIME_TO_LIVE,
        asked_at,
    };
    changes::replace(KEY, epoch, &now).await
}
