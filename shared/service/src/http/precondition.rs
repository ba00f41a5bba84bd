//! Preconditions (RFC 9110, sections 13.1.1 and 13.1.2): with `If-Match`, the version that the caller has seen;
//! with `If-None-Match`, any other version; with `If-None-Match: *`, no existing resource.

/// The prefix of a version that must not be the current one.
const NOT: &str = "-";

/// The preconditions of the request in the form of `shell.conditions_hold`; `None` if neither header was sent.
/// `sent` returns the values of a header.
///
/// The versions of `If-Match`, or `*` for any, are included unchanged, or a single minus if that header was not sent.
/// Those of `If-None-Match` are prefixed with a minus.
pub fn versions(sent: impl Fn(&str) -> Vec<String>) -> Option<Vec<String>> {
    let (matching, not_matching) = (sent("if-match"), sent("if-none-match"));
    if matching.is_empty() && not_matching.is_empty() {
        return None;
    }
    let mut versions: Vec<_> = tags(&matching)
        .filter_map(version)
        .map(str::to_owned)
        .collect();
    if matching.is_empty() {
        versions.push(NOT.to_owned());
    }
    // Weak comparison applies to these.
    let strong = tags(&not_matching).map(|tag| tag.strip_prefix("W/").unwrap_or(tag));
    versions.extend(
        strong
            .filter_map(version)
            .map(|version| [NOT, version].concat()),
    );
    Some(versions)
}

fn tags(sent: &[String]) -> impl Iterator<Item = &str> {
    sent.iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// An entity tag is `"<version>"` or `"<version>-<what changes without a write>"`. Of the second form, only the
/// version is compared; anything else, including a weak tag, names no version.
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

    fn check(matching: &[&str], not_matching: &[&str], expected: Option<&[&str]>) {
        let owned = |values: &[&str]| -> Vec<_> { values.iter().map(|&v| v.to_owned()).collect() };
        let versions = versions(|name| match name {
            "if-match" => owned(matching),
            _ => owned(not_matching),
        });
        assert_eq!(
            versions,
            expected.map(owned),
            "{matching:?} {not_matching:?}"
        );
    }

    #[test]
    fn what_is_to_match() {
        check(&[], &[], None);
        check(&["*"], &[], Some(&["*"]));
        check(&[r#""12""#], &[], Some(&["12"]));
        check(&[r#""12-healthy""#], &[], Some(&["12"]));
        check(
            &[r#""1-unknown", "2""#, r#""3""#],
            &[],
            Some(&["1", "2", "3"]),
        );
        for no_version in [r#"W/"12-healthy""#, "12", r#""-healthy""#, r#"""#, ""] {
            check(&[no_version], &[], Some(&[]));
        }
    }

    #[test]
    fn what_is_not_to_match() {
        check(&[], &["*"], Some(&["-", "-*"]));
        check(
            &[],
            &[r#""12-healthy", W/"13""#],
            Some(&["-", "-12", "-13"]),
        );
        check(&[], &["12"], Some(&["-"]));
        check(&["*"], &[r#""12""#], Some(&["*", "-12"]));
    }
}
