//! The token in the `Authorization` header (RFC 6750, section 2.1).

use crate::problem::Problem;

/// The longest token that is checked, in bytes; tokens of real providers have 1 to 4 KiB.
pub const LONGEST_TOKEN: usize = 16 * 1024;

/// The token in the header's values, of which there must be exactly one.
pub fn token(authorization: &[String]) -> Result<&str, Problem> {
    let [value] = authorization else {
        return Err(Problem::unauthenticated(None));
    };
    let token = value
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, token)| token.trim());
    let token = token.ok_or_else(|| Problem::unauthenticated(None))?;
    check_length(token)?;
    Ok(token)
}

/// Refuses a token that is too long to be checked.
pub(super) fn check_length(token: &str) -> Result<(), Problem> {
    if token.len() > LONGEST_TOKEN {
        return Err(Problem::unauthenticated(Some("the token is too long")));
    }
    Ok(())
}
