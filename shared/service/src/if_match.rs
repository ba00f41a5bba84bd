//! `If-Match` (RFC 9110, section 13.1.1): a change of what the caller has seen, and of nothing newer.

/// The header's name.
pub const HEADER: &str = "if-match";

/// The versions that the header's values name, or `*` for any; `None` where it was not sent.
///
/// An entity tag is `"<version>"` or `"<version>-<what changes without a write>"`. Of the second,
/// only the version is compared; anything else, a weak tag too, names no version.
pub fn versions(sent: &[String]) -> Option<Vec<String>> {
    sent.first()?;
    let named = sent
        .iter()
        .flat_map(|value| value.split(','))
        .filter_map(|tag| version(tag.trim()))
        .map(str::to_owned);
    Some(named.collect())
}

fn version(tag: &str) -> Option<&str> {
    if tag == "*" {
        return Some(tag);
    }
    let opaque = tag.strip_prefix('"')?.strip_suffix('"')?;
    let version = opaque.split('-').next()?;
    let is_number = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sent: &[&str], expected: Option<&[&str]>) {
        let values: Vec<_> = sent.iter().map(|&value| value.to_owned()).collect();
        let versions = versions(&values);
        let versions = versions
            .as_ref()
            .map(|all| all.iter().map(String::as_str).collect());
        assert_eq!(versions, expected.map(<[_]>::to_vec), "{sent:?}");
    }

    #[test]
    fn which_versions_are_named() {
        check(&[], None);
        check(&["*"], Some(&["*"]));
        check(&[r#""12""#], Some(&["12"]));
        check(&[r#""12-healthy""#], Some(&["12"]));
        check(&[r#""1-unknown", "2""#, r#""3""#], Some(&["1", "2", "3"]));
        check(&[r#"W/"12-healthy""#], Some(&[]));
        check(&["12"], Some(&[]));
        check(&[r#""-healthy""#], Some(&[]));
        check(&[r#"""#], Some(&[]));
        check(&[""], Some(&[]));
    }
}
