//! The variable `public_url`: warnings about an address that others cannot use.

/// What is wrong with the address at which others are to reach the Shell.
#[must_use]
pub fn faults(public_url: &str) -> Vec<&'static str> {
    let (scheme, rest) = public_url.split_once("://").unwrap_or_default();
    let mut faults = Vec::new();
    if rest.is_empty() || !matches!(scheme, "http" | "https") {
        faults.push("it is not an absolute URL");
    } else if scheme == "http" {
        faults.push("it is http, but AuthZEN's metadata requires https");
    }
    if rest.ends_with('/') {
        faults.push(
            "it ends in a slash, so programs may find it different from the address that they were given",
        );
    }
    if rest.contains(['?', '#']) {
        faults.push("it has a query or a fragment");
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said() {
        let check = |public_url: &str, said: &[&str]| {
            let faults = faults(public_url);
            assert_eq!(faults.len(), said.len(), "{public_url}: {faults:?}");
            for (fault, part) in faults.iter().zip(said) {
                assert!(fault.contains(part), "{public_url}: {fault}");
            }
        };
        check("https://shell.example", &[]);
        check("https://shell.example/tenant", &[]);
        check("http://127.0.0.1:3000", &["http"]);
        check("http://shell.example/", &["http", "slash"]);
        check("https://shell.example/?a#b", &["query"]);
        check("shell.example/", &["absolute"]);
        check("", &["absolute"]);
    }
}
