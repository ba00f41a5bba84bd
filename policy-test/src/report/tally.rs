//! The number of cases with each outcome.

use std::fmt;

use crate::run::Verdict;

/// The numbers of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Decided as expected.
    pub passed: usize,
    /// Decided otherwise.
    pub failed: usize,
    /// Without a decision.
    pub undecided: usize,
    /// Not asked.
    pub not_asked: usize,
}

impl Tally {
    /// Counts these verdicts.
    pub fn of<'v>(verdicts: impl IntoIterator<Item = &'v Verdict>) -> Self {
        let mut tally = Self::default();
        for verdict in verdicts {
            let count = match verdict {
                Verdict::AsExpected => &mut tally.passed,
                Verdict::Otherwise { .. } => &mut tally.failed,
                Verdict::Undecided { .. } => &mut tally.undecided,
                Verdict::NotAsked => &mut tally.not_asked,
            };
            *count += 1;
        }
        tally
    }

    /// The number of all cases.
    pub fn total(self) -> usize {
        self.passed + self.failed + self.undecided + self.not_asked
    }

    /// The number of cases without a decision.
    pub fn without_decision(self) -> usize {
        self.undecided + self.not_asked
    }

    /// The program's exit status.
    pub fn exit_status(self) -> u8 {
        match self {
            _ if self.without_decision() > 0 => 2,
            _ if self.failed > 0 => 1,
            _ => 0,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        write!(
            f,
            "{total} {}: {} passed, {} failed",
            if total == 1 { "case" } else { "cases" },
            self.passed,
            self.failed
        )?;
        for (count, what) in [
            (self.undecided, "not decided"),
            (self.not_asked, "not sent"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_weighs_more_than_what_is_wrong() {
        let check = |passed, failed, undecided, not_asked, status, text: &str| {
            let tally = Tally {
                passed,
                failed,
                undecided,
                not_asked,
            };
            assert_eq!((tally.exit_status(), &*tally.to_string()), (status, text));
        };
        check(1, 0, 0, 0, 0, "1 case: 1 passed, 0 failed");
        check(2, 1, 0, 0, 1, "3 cases: 2 passed, 1 failed");
        check(2, 1, 1, 0, 2, "4 cases: 2 passed, 1 failed, 1 not decided");
        check(0, 0, 0, 3, 2, "3 cases: 0 passed, 0 failed, 3 not sent");
    }
}
