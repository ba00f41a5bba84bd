//! The ids that the Shell generates for events: one half is the time of recording, from the database; the other half is
//! random.

use clock::Timestamp;
use uuid::Uuid;

/// The random half.
#[derive(Clone, Copy, Debug)]
pub struct OwnId(u64);

impl OwnId {
    /// From random bits.
    pub fn new(random: u64) -> Self {
        Self(random)
    }

    /// Its last 16 hexadecimal digits, from which the database makes the same id (shell.audit_id).
    pub fn random_digits(self) -> String {
        let (_, last) = self.at(Timestamp::from_unix(0, 0)).as_u64_pair();
        format!("{last:016x}")
    }

    /// The id of an event that was recorded at a moment.
    pub fn at(self, recorded_at: Timestamp) -> Uuid {
        clock::uuid_v7(recorded_at, self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same time and digits as in the tests of shell.audit_id.
    #[test]
    fn the_digits_are_the_last_ones_of_the_id() {
        let id = OwnId::new(0xffff_ffff_ffff_fff7);
        let at = Timestamp::from_unix_microseconds(1_769_860_800_000_999);
        assert_eq!(id.random_digits(), "bffffffffffffff7");
        assert_eq!(
            id.at(at).to_string(),
            "019c13ec-9e00-7ffb-bfff-fffffffffff7"
        );
    }
}
