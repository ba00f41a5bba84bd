//! AuthZEN's metadata of a policy decision point, for programs that request decisions.

use percent_encoding::percent_decode_str;

use crate::api::metadata::Metadata;

/// The metadata of the Shell at an address. The address is included as it was configured, since programs compare it
/// with the one that they know, character by character.
pub fn of(public_url: &str) -> Metadata {
    let base = public_url.trim_end_matches('/');
    let endpoint = |path: &str| [base, "/access/v1/", path].concat();
    Metadata {
        policy_decision_point: public_url.to_owned(),
        access_evaluation_endpoint: endpoint("evaluation"),
        access_evaluations_endpoint: endpoint("evaluations"),
        search_subject_endpoint: endpoint("search/subject"),
        search_resource_endpoint: endpoint("search/resource"),
        search_action_endpoint: endpoint("search/action"),
    }
}

/// Whether an address has this path, which is decoded and does not begin with a slash.
pub fn has_path(public_url: &str, path: &str) -> bool {
    let after_scheme = public_url.split_once("://").map_or("", |(_, rest)| rest);
    let own = after_scheme.split_once('/').map_or("", |(_, path)| path);
    let own = percent_decode_str(own.trim_end_matches('/'));
    !path.is_empty() && own.decode_utf8().is_ok_and(|own| own == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_absolute() {
        let check = |public_url: &str, evaluation: &str| {
            let metadata = of(public_url);
            assert_eq!(metadata.policy_decision_point, public_url);
            assert_eq!(metadata.access_evaluation_endpoint, evaluation);
        };
        check(
            "https://shell.example",
            "https://shell.example/access/v1/evaluation",
        );
        check(
            "https://example.com:8443/shell",
            "https://example.com:8443/shell/access/v1/evaluation",
        );
        check(
            "https://shell.example/",
            "https://shell.example/access/v1/evaluation",
        );
    }

    #[test]
    fn the_path_is_that_of_the_address() {
        let check = |public_url: &str, path: &str, expected: bool| {
            assert_eq!(has_path(public_url, path), expected, "{public_url} {path}");
        };
        check("https://example.com/a/b", "a/b", true);
        check("https://example.com/a/b/", "a/b", true);
        check("https://example.com/a/b", "a", false);
        check("https://example.com/a/b", "a/b/", false);
        check("https://example.com/a", "A", false);
        check("https://example.com/%C3%BC", "ü", true);
        check("https://example.com/", "", false);
        check("https://example.com", "example.com", false);
        check("example.com/a", "a", false);
    }
}
