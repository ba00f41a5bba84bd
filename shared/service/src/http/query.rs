//! Query strings.

use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The query string as a `T`. Parameters that `T` does not have are ignored.
pub fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs))
        .map_err(|fault| Problem::invalid_query(fault.to_string()))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, Eq, PartialEq)]
    struct Asked {
        limit: Option<u32>,
        name: Option<String>,
    }

    fn check(query: &str, expected: Result<(Option<u32>, Option<&str>), &str>) {
        let read = read::<Asked>(query).map(|asked| (asked.limit, asked.name));
        match (&read, expected) {
            (Ok((limit, name)), Ok(fit)) => assert_eq!((*limit, name.as_deref()), fit, "{query}"),
            (Err(problem), Err(part)) => {
                let document = serde_json::to_string(problem).unwrap();
                assert!(document.contains(part), "{document}");
            }
            _ => panic!("{query}: {read:?}"),
        }
    }

    #[test]
    fn what_is_asked_for() {
        check("", Ok((None, None)));
        check("limit=7&name=a%20b+c&else=1", Ok((Some(7), Some("a b c"))));
        check("limit=seven", Err("limit: invalid digit"));
        check("limit=1&limit=2", Err("duplicate field `limit`"));
    }
}
