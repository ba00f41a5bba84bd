//! The calls of PostgreSQL for issuers.

use clock::Timestamp;

use super::description::{Description, Kind};
use crate::sql::{Error, ParameterValue, one_row};

/// All providers, and a number that is greater in a newer answer.
pub struct Found {
    pub number: i64,
    /// JSON.
    pub providers: String,
}

/// The current providers.
pub async fn find() -> Result<Found, Error> {
    let statement = "SELECT * FROM shell.find_identity_providers()";
    let mut row = one_row(statement, Vec::new()).await?;
    Ok(Found {
        number: row.bigint("number")?.unwrap_or_default(),
        providers: row.text("providers")?.unwrap_or_default(),
    })
}

/// The result of requesting the right to fetch.
pub struct Claim {
    /// Whether this request is the one that fetches.
    pub granted: bool,
    /// When the right was last granted, in microseconds since the epoch.
    pub granted_at: u64,
    /// Until when it is not granted again, by this host's clock, in milliseconds since the epoch.
    pub until: u64,
    /// The time of the stored set, in microseconds since the epoch, if there is one.
    pub fetched_at: Option<u64>,
}

impl Claim {
    /// How many whole seconds must pass before it may be granted again.
    pub fn wait(&self, now: Timestamp) -> u64 {
        let left = self.until.saturating_sub(now.unix_milliseconds());
        left.div_ceil(1_000).max(1)
    }
}

/// Requests the right to fetch a provider's keys.
pub async fn claim(description: &Description, now: Timestamp) -> Result<Claim, Error> {
    let statement = match description.kind {
        Kind::IdentityProvider => {
            "SELECT granted, wait_seconds::bigint AS wait_seconds, granted_at, fetched_at
             FROM shell.claim_key_refresh($1, $2)"
        }
        Kind::Transmitter => {
            "SELECT granted, wait_seconds::bigint AS wait_seconds, granted_at, fetched_at
             FROM shell.claim_transmitter_key_refresh($1, $2)"
        }
    };
    let parameters = vec![text(description.slug.as_str()), text(description.source())];
    let mut row = one_row(statement, parameters).await?;
    let wait = moment(row.bigint("wait_seconds")?).unwrap_or_default();
    Ok(Claim {
        granted: row.boolean("granted")?.unwrap_or_default(),
        until: now
            .unix_milliseconds()
            .saturating_add(wait.saturating_mul(1_000)),
        granted_at: moment(row.bigint("granted_at")?).unwrap_or_default(),
        fetched_at: moment(row.bigint("fetched_at")?),
    })
}

/// Stores a set that was fetched.
pub async fn keep(description: &Description, keys: String, fetched_at: u64) -> Result<(), Error> {
    let statement = match description.kind {
        Kind::IdentityProvider => "SELECT kept FROM shell.keep_key_set($1, $2, $3, $4)",
        Kind::Transmitter => "SELECT kept FROM shell.keep_transmitter_key_set($1, $2, $3, $4)",
    };
    let parameters = vec![
        text(description.slug.as_str()),
        text(description.source()),
        ParameterValue::Str(keys),
        ParameterValue::Int64(i64::try_from(fetched_at).unwrap_or(i64::MAX)),
    ];
    one_row(statement, parameters).await.map(|_| ())
}

fn text(text: &str) -> ParameterValue {
    ParameterValue::Str(text.to_owned())
}

fn moment(number: Option<i64>) -> Option<u64> {
    number.and_then(|number| u64::try_from(number).ok())
}
