//! `GET /v1/audit-events`: filters, pages, and the record of every read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};
use tests::{
    Shell,
    audit::{PATH, append, event, ids, items, new_id, pages, read, with},
};

use super::crash::Over;

/// The numbers of the events on a page.
fn numbers(shell: &Shell, query: &str) -> Vec<u64> {
    let page = items(&read(shell, "acme", query));
    let number = |event: &Value| event["metadata"]["number"].as_u64();
    page.iter().filter_map(number).collect()
}

#[test]
fn every_filter() {
    let shell = Shell::start();
    let by_platform = |change: Value| {
        let mut event = event();
        event
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let request = shell
            .platform("POST", PATH)
            .header("shell-organization", "acme");
        let recorded = request.json(&event).send().expect(201).json();
        recorded["created_at"].as_str().unwrap().to_owned()
    };
    let file = |id: &str| json!({"type": "file", "id": id});
    let times = [
        by_platform(json!({"actor": {"type": "user", "id": "alice"}, "metadata": {"number": 0}})),
        by_platform(
            json!({"actor": {"type": "job", "id": "alice"}, "action": "file.write",
            "metadata": {"number": 1}}),
        ),
        by_platform(
            json!({"targets": [file("a"), file("b")], "outcome": "failure",
            "metadata": {"number": 2}}),
        ),
        by_platform(
            json!({"targets": [file("b")], "action": "file", "outcome": "denied",
            "metadata": {"number": 3}}),
        ),
        by_platform(
            json!({"context": {"request_id": "r%_"}, "action": "fileXread",
            "metadata": {"number": 4}}),
        ),
    ];
    for (query, expected) in [
        ("".to_owned(), vec![4, 3, 2, 1, 0]),
        ("?actor=alice".to_owned(), vec![1, 0]),
        ("?actor=ali".to_owned(), vec![]),
        ("?action=file.read".to_owned(), vec![2, 0]),
        ("?action=file".to_owned(), vec![3]),
        ("?action=file*".to_owned(), vec![4, 3, 2, 1, 0]),
        ("?action=file.*".to_owned(), vec![2, 1, 0]),
        ("?action=*".to_owned(), vec![4, 3, 2, 1, 0]),
        ("?action=f_le*".to_owned(), vec![]),
        ("?target=a".to_owned(), vec![2]),
        ("?target=b".to_owned(), vec![3, 2]),
        ("?outcome=success".to_owned(), vec![4, 1, 0]),
        ("?outcome=failure".to_owned(), vec![2]),
        ("?outcome=denied".to_owned(), vec![3]),
        ("?request_id=r%25_".to_owned(), vec![4]),
        ("?request_id=rXX".to_owned(), vec![]),
        (format!("?from={}", times[1]), vec![4, 3, 2, 1]),
        (format!("?to={}", times[1]), vec![0]),
        (format!("?from={}&to={}", times[1], times[3]), vec![2, 1]),
        (format!("?from={0}&to={0}", times[1]), vec![]),
        (
            "?from=2000-01-01T00:00:00%2B02:00".to_owned(),
            vec![4, 3, 2, 1, 0],
        ),
        ("?from=9000-01-01T00:00:00Z".to_owned(), vec![]),
        (
            "?actor=alice&action=file.w*&outcome=success".to_owned(),
            vec![1],
        ),
        ("?actor=alice&outcome=denied".to_owned(), vec![]),
    ] {
        assert_eq!(numbers(&shell, &query), expected, "{query}");
    }
}

#[test]
fn a_query_that_cannot_be_used() {
    let shell = Shell::start();
    for query in [
        "from=today",
        "to=2026-01-31",
        "actor=",
        "actor=a%00",
        "action=a*b",
        "action=",
        "target=",
        "outcome=good",
        "request_id=",
        "limit=0",
        "limit=1001",
        "limit=x",
        "cursor=",
        "cursor=%25",
        "cursor=QQ",
        "from=2026-01-31T12:00:00+02:00",
    ] {
        let answer = read(&shell, "acme", &format!("?{query}"));
        answer.expect_problem(400, "invalid-query");
    }
}

fn walk(shell: &Shell, query: &str) -> Vec<Value> {
    pages(shell, query).iter().flat_map(items).collect()
}

#[test]
fn a_walk_is_complete_and_without_doubles_while_events_arrive() {
    let shell = Shell::start();
    let mut standing = Vec::new();
    for _ in 0..5 {
        let answer = append(&shell, &json!(vec![event(); 20])).expect(201).json();
        standing.extend(ids(answer.as_array().unwrap()));
    }
    standing.reverse();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                append(&shell, &json!([event(), event()])).expect(201);
            }
        });
        // Even if something below panics; otherwise the appending would never end.
        let over = Over(&over);
        for limit in [1, 7, 100] {
            let walked = ids(&walk(&shell, &format!("limit={limit}&action=file.read")));
            let mut once = walked.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), walked.len());
            let found: Vec<_> = walked
                .into_iter()
                .filter(|id| standing.contains(id))
                .collect();
            assert_eq!(found, standing);
        }
        drop(over);
    });
    // A page that is exactly full is the last one.
    let page = read(&shell, "acme", "?limit=3&outcome=denied");
    assert_eq!(page.json(), json!({"items": [], "next_cursor": null}));
    append(&shell, &json!(vec![with("outcome", json!("denied")); 3])).expect(201);
    let page = read(&shell, "acme", "?limit=3&outcome=denied");
    assert_eq!(items(&page).len(), 3);
    assert_eq!(page.json()["next_cursor"], Value::Null);
}

#[test]
fn a_read_is_an_event_of_the_trail_that_is_read() {
    let shell = Shell::start();
    let recorded = append(&shell, &event()).expect(201).json();
    let id = recorded["id"].as_str().unwrap();
    let send = |path: &str, request_id: &str| {
        let request = shell.get(path).by("platform", "admin");
        let request = request.header("shell-organization", "acme");
        request.header("x-request-id", request_id).send()
    };
    let page = send(&format!("{PATH}?action=file.*&limit=5"), "read-1");
    assert_eq!(ids(&items(&page)), [id]);
    send(&format!("{PATH}/{id}"), "read-2").expect(200);
    let missing = new_id();
    send(&format!("{PATH}/{missing}"), "read-3").expect_problem(404, "unknown-audit-event");
    send(&format!("{PATH}/no-uuid"), "read-4").expect_problem(404, "unknown-audit-event");

    let page = items(&send(PATH, "read-5"));
    let reads: Vec<_> = page
        .iter()
        .filter(|event| event["action"] == "audit_event.read")
        .collect();
    let request_ids: Vec<_> = reads
        .iter()
        .map(|event| &event["context"]["request_id"])
        .collect();
    assert_eq!(request_ids, ["read-4", "read-3", "read-2", "read-1"]);
    for read in &reads {
        let admin = json!({"type": "user", "id": "admin", "identity_provider": "default"});
        assert_eq!(read["actor"], admin);
    }
    let said = reads[3]["metadata"].to_string();
    assert!(said.contains("file."), "{said}");
    // In no other trail, not even the reader's own.
    for organization in ["globex", "platform"] {
        let page = items(&read(&shell, organization, "?request_id=read-1"));
        assert_eq!(page, [] as [Value; 0]);
    }
    // An invalid query reads nothing.
    send(&format!("{PATH}?limit=0"), "read-6").expect(400);
    assert!(items(&read(&shell, "acme", "?request_id=read-6")).is_empty());
}

#[test]
fn an_event_is_read_by_its_id() {
    let shell = Shell::start();
    let id = new_id();
    append(&shell, &with("id", json!(id))).expect(201);
    for written in [id.clone(), id.to_uppercase()] {
        let read = read(&shell, "acme", &format!("/{written}")).expect(200);
        assert_eq!(read.json()["id"], id.as_str());
        assert_eq!(read.header("content-type"), Some("application/json"));
    }
    for unknown in [&new_id(), "1", "%00", &id.replace('-', "")] {
        let answer = read(&shell, "acme", &format!("/{unknown}"));
        answer.expect_problem(404, "unknown-audit-event");
    }
}
