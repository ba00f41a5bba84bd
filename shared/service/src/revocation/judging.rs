//! The revocations in Redis, and whether they refuse a token.

use uuid::Uuid;

/// The result of checking a token against the values that were found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// None of them refuses the token.
    Counts,
    /// The token has been revoked.
    Revoked,
    /// An entry cannot be read: PostgreSQL has to be asked.
    Unreadable,
}

/// Checks a token against the values at its revocation keys: entries, separated by a space, each a time in seconds
/// since the epoch, and after an `@` the only organization in which it applies, if it does not apply in all. A token
/// that was issued in that second or before is revoked.
pub fn judge<'v>(
    values: impl IntoIterator<Item = &'v [u8]>,
    organization: Option<Uuid>,
    issued_at: u64,
) -> Standing {
    let mut standing = Standing::Counts;
    for value in values {
        for entry in value.split(|byte| *byte == b' ') {
            match cut_off(entry) {
                Some((at, within)) => {
                    let counts = within.is_none() || within == organization;
                    if counts && issued_at <= at {
                        return Standing::Revoked;
                    }
                }
                None => standing = Standing::Unreadable,
            }
        }
    }
    standing
}

/// The time of an entry, and the only organization in which it applies.
fn cut_off(entry: &[u8]) -> Option<(u64, Option<Uuid>)> {
    let entry = std::str::from_utf8(entry).ok()?;
    let (at, within) = match entry.split_once('@') {
        Some((at, within)) => (at, Some(vocabulary::id(within)?)),
        None => (entry, None),
    };
    let is_number = at.bytes().all(|byte| byte.is_ascii_digit());
    Some((at.parse().ok().filter(|_| is_number)?, within))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: &str = "01970000-0000-7000-8000-000000000001";
    const GLOBEX: &str = "01970000-0000-7000-8000-000000000002";

    #[track_caller]
    fn check(values: &[&str], issued_at: u64, expected: Standing) {
        let organization = Uuid::try_parse(ACME).ok();
        let values = values.iter().map(|value| value.as_bytes());
        assert_eq!(judge(values, organization, issued_at), expected);
    }

    #[test]
    fn what_was_issued_in_the_second_of_the_cut_off_is_refused_and_what_came_after_is_not() {
        check(&[], 1, Standing::Counts);
        check(&["100"], 99, Standing::Revoked);
        check(&["100"], 100, Standing::Revoked);
        check(&["100"], 101, Standing::Counts);
        check(&["253402300799"], 253_402_300_799, Standing::Revoked);
    }

    #[test]
    fn the_greatest_of_several_decides() {
        check(&["100", "200"], 150, Standing::Revoked);
        check(&["200", "100"], 150, Standing::Revoked);
        check(&["100", "149"], 150, Standing::Counts);
        let both = format!("100 200@{ACME}");
        check(&[&both], 150, Standing::Revoked);
        check(&[&both], 201, Standing::Counts);
        let both = format!("200 100@{ACME}");
        check(&[&both], 150, Standing::Revoked);
    }

    #[test]
    fn what_counts_in_another_organization_counts_there_alone() {
        check(&[&format!("200@{ACME}")], 150, Standing::Revoked);
        check(&[&format!("200@{GLOBEX}")], 150, Standing::Counts);
        let both = format!("200@{GLOBEX} 100@{ACME} 90");
        check(&[&both], 150, Standing::Counts);
        check(&[&both], 100, Standing::Revoked);
        let of_one = format!("200@{ACME}");
        let nowhere = judge([of_one.as_bytes()], None, 150);
        assert_eq!(nowhere, Standing::Counts);
    }

    #[test]
    fn what_cannot_be_read_asks_and_hides_nothing() {
        let foreign = format!("9{ACME}");
        for garbage in [
            "",
            " ",
            "100 ",
            " 100",
            "100  100",
            "+100",
            "-100",
            "1e3",
            "١٠٠",
            "100@",
            "100@acme",
            "@",
            "99999999999999999999",
            "100\n",
            &foreign,
        ] {
            check(&[garbage], 150, Standing::Unreadable);
            check(&[garbage, "200"], 150, Standing::Revoked);
            check(&["200", garbage], 150, Standing::Revoked);
            check(&["100", garbage], 150, Standing::Unreadable);
            check(&[&format!("{garbage} 200")], 150, Standing::Revoked);
        }
        assert_eq!(judge([&b"\xff"[..]], None, 150), Standing::Unreadable);
    }
}
