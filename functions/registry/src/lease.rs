//! Leases: an app's last heartbeat is valid until its lease ends, without a cleanup job.
//!
//! They are cached apart from the catalogues, in one value for all apps, so that a heartbeat makes nothing else
//! stale.

use clock::Timestamp;
use serde::{Deserialize, Serialize};
use service::problem::Problem;
use uuid::Uuid;

use crate::api::apps::Health;

/// The leases that were valid at a moment; the value of the key of leases.
#[derive(Debug, Deserialize, Serialize)]
pub struct Leases {
    format: u8,
    leases: Vec<(Uuid, Lease)>,
}

/// Another number for each form of [`Leases`], since another version of the Shell may have cached it.
const FORMAT: u8 = 1;

/// The health that an app reported, and until when it is valid.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Lease {
    /// The reported health.
    pub health: Health,
    /// When it ends, in microseconds since the epoch.
    expires_at: u64,
}

impl Lease {
    /// When it ends.
    pub fn end(self) -> Timestamp {
        Timestamp::from_unix_microseconds(self.expires_at)
    }

    /// The same, in microseconds since the epoch.
    pub fn end_microseconds(self) -> u64 {
        self.expires_at
    }
}

impl Leases {
    /// From the result of `shell.leases_in_force`: `[[app's id, health, end in microseconds]]`.
    pub fn from_json(json: &str) -> Result<Self, Problem> {
        let leases: Vec<(Uuid, Health, u64)> = serde_json::from_str(json)
            .map_err(|fault| Problem::internal(format!("leases: {fault}")))?;
        let leases = leases.into_iter().map(|(app, health, expires_at)| {
            let lease = Lease { health, expires_at };
            (app, lease)
        });
        Ok(Self {
            format: FORMAT,
            leases: leases.collect(),
        })
    }

    /// The cached form.
    pub fn keep(&self) -> Result<Vec<u8>, Problem> {
        postcard::to_allocvec(self).map_err(|fault| Problem::internal(format!("leases: {fault}")))
    }

    /// Parses the cached form; nothing if it cannot be parsed.
    pub fn read(kept: &[u8]) -> Option<Self> {
        postcard::from_bytes(kept)
            .ok()
            .filter(|leases: &Self| leases.format == FORMAT)
    }

    /// The lease of an app, if it is valid at a moment.
    pub fn of(&self, app: Uuid, now: Timestamp) -> Option<Lease> {
        let mut leases = self.leases.iter();
        let (_, lease) = leases.find(|(id, _)| *id == app)?;
        (lease.end() > now).then_some(*lease)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_769_860_800, 0);

    #[test]
    fn a_lease_counts_until_it_ends() {
        let check = |end: u64, counts: bool| {
            let json = format!(r#"[["{}","healthy",{end}]]"#, Uuid::max());
            let leases = Leases::from_json(&json).unwrap();
            assert_eq!(leases.of(Uuid::max(), NOW).is_some(), counts, "{end}");
            assert_eq!(leases.of(Uuid::nil(), NOW), None);
        };
        check(1_769_860_800_000_001, true);
        check(1_769_860_800_000_000, false);
    }

    /// If this test fails, change [`FORMAT`] first, then the expected bytes.
    #[test]
    fn the_form_is_the_one_that_others_read() {
        let json = format!(r#"[["{}","unhealthy",300]]"#, Uuid::nil());
        let kept = Leases::from_json(&json).unwrap().keep().unwrap();
        let mut expected = vec![FORMAT, 1, 16];
        expected.extend([0; 16]);
        expected.extend(b"\x02\xac\x02");
        assert_eq!(kept, expected);
        assert!(Leases::read(&kept).is_some());
        let mut other = kept;
        other[0] = FORMAT + 1;
        assert!(Leases::read(&other).is_none());
    }
}
