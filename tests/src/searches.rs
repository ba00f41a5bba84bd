//! Searches for what decisions allow.

use serde_json::Value;

use crate::Answer;

/// The path of searches for subjects.
pub const SUBJECTS: &str = "/access/v1/search/subject";

/// The path of searches for resources.
pub const RESOURCES: &str = "/access/v1/search/resource";

/// The path of searches for actions.
pub const ACTIONS: &str = "/access/v1/search/action";

/// The names of a page's items, from the member that has the name.
#[track_caller]
pub fn names(answer: &Answer, member: &str) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let document = answer.json();
    let results = document["results"].as_array().expect("results");
    assert_eq!(document["page"]["count"], results.len());
    let name = |result: &Value| result[member].as_str().expect("a name").to_owned();
    results.iter().map(name).collect()
}
