//! `/v1/resources`: lists and their pages.

use serde_json::{Value, json};
use tests::{Shell, on_behalf::acting};

use super::routes::acme;

/// The types and ids of all listed resources, page by page.
#[track_caller]
pub(crate) fn walk(shell: &Shell, slug: &str, query: &str) -> Vec<String> {
    let mut walked = Vec::new();
    let mut path = format!("/v1/resources?{query}");
    loop {
        let page = acting(shell, slug, "GET", &path).send().expect(200).json();
        let items = page["items"].as_array().unwrap();
        let name = |item: &Value| {
            let [kind, id] = ["type", "id"].map(|field| item[field].as_str().unwrap());
            format!("{kind} {id}")
        };
        walked.extend(items.iter().map(name));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/resources?{query}&cursor={cursor}"),
            None => return walked,
        }
    }
}

#[test]
fn lists_walked_to_their_end() {
    let shell = Shell::start();
    let own = ["document budget-2024", "document handbook"];
    assert_eq!(walk(&shell, "acme", "limit=1"), own);
    let items: Vec<_> = [
        ("file", "a"),
        ("file", "B"),
        ("Document", "z"),
        ("document", "ä"),
    ]
    .map(|(kind, id)| json!({"type": kind, "id": id}))
    .into();
    let body = json!({"resources": items});
    acme(&shell, "POST", "/v1/resources")
        .json(&body)
        .send()
        .expect(200);
    let all = [
        "Document z",
        own[0],
        own[1],
        "document ä",
        "file B",
        "file a",
    ];
    for limit in [1, 2, 3, 4, 6, 7, 1_000] {
        assert_eq!(walk(&shell, "acme", &format!("limit={limit}")), all);
        let query = format!("limit={limit}&type=document");
        assert_eq!(walk(&shell, "acme", &query), all[1..4]);
    }
    assert_eq!(walk(&shell, "acme", "type=nothing"), [""; 0]);
    let list = acme(&shell, "GET", "/v1/resources").send().expect(200);
    let known = acme(&shell, "GET", "/v1/resources").header("if-none-match", list.tag());
    known.send().expect(304);
}

#[test]
fn a_page_of_large_resources_is_shorter() {
    let shell = Shell::start();
    let text = "x".repeat(60_000);
    for call in 0..6 {
        let item = |n: u32| json!({"type": "large", "id": format!("{call}-{n:02}"), "properties": {"text": text}});
        let body = json!({"resources": (0..16).map(item).collect::<Vec<_>>()});
        acme(&shell, "POST", "/v1/resources")
            .json(&body)
            .send()
            .expect(200);
    }
    let page = acme(&shell, "GET", "/v1/resources?type=large&limit=1000")
        .send()
        .expect(200);
    assert!(page.body.len() < 5_000_000, "{}", page.body.len());
    assert_eq!(walk(&shell, "acme", "type=large&limit=1000").len(), 96);
}
