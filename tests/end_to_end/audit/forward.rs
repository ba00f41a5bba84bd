//! `order=asc`: continuing to read a trail from a cursor misses nothing and repeats nothing.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    audit::{append, count, event, ids, items, read, with},
    sql::caller,
    waiting::pause,
};

use super::{
    crash::Over,
    following::{Follower, SLOW, settle},
};

fn sent(answer: Answer) -> Vec<String> {
    match answer.expect(201).json() {
        Value::Array(recorded) => ids(&recorded),
        one => ids(&[one]),
    }
}

/// Appends the same event again and again; returns the ids of the recorded events.
fn append_until(over: &AtomicBool, shell: &Shell, body: &Value) -> Vec<String> {
    let mut all = Vec::new();
    while !over.load(Ordering::SeqCst) {
        all.extend(sent(append(shell, body)));
        pause(50);
    }
    all
}

#[test]
fn slow_and_large_writers_are_missed_by_nobody() {
    let shell = Shell::start();
    let acme = caller(shell.database().organization("acme"));
    let mut follower = Follower::new(&shell, "limit=300");
    let over = AtomicBool::new(false);
    let large = json!(vec![event(); 1_000]);
    let all = thread::scope(|scope| {
        let large = scope.spawn(|| append_until(&over, &shell, &large));
        let small = scope.spawn(|| append_until(&over, &shell, &event()));
        // Even if something below panics; otherwise the appending would never end.
        let done = Over(&over);
        for _ in 0..3 {
            let mut client = shell.database().as_runtime();
            let mut slow = client.transaction().unwrap();
            slow.query_one(SLOW, &[&acme]).unwrap();
            let later = sent(append(&shell, &event())).remove(0);
            for _ in 0..10 {
                follower.poll(&shell);
                pause(30);
            }
            assert!(!follower.seen().contains(&later), "it was not held up");
            slow.commit().unwrap();
            follower.catch_up(&shell);
        }
        drop(done);
        [large.join().unwrap(), small.join().unwrap()].concat()
    });
    follower.catch_up(&shell);
    follower.has_seen_all(&shell, &all);
    assert_eq!(count(&shell, "file.slow"), 3);
}

/// The events of a walk forwards, and the cursor at its end.
fn forwards(shell: &Shell, query: &str) -> (Vec<Value>, String) {
    settle(shell);
    let page = read(shell, "acme", &format!("?order=asc&action=file.*{query}"));
    let next = page.json()["next_cursor"].as_str().map(str::to_owned);
    (items(&page), next.expect("a walk forwards has no end"))
}

#[test]
fn no_page_is_the_last() {
    let shell = Shell::start();
    let (nothing, beginning) = forwards(&shell, "");
    assert!(nothing.is_empty());
    let mut all = Vec::new();
    for _ in 0..3 {
        all.extend(sent(append(&shell, &json!([event(), event()]))));
    }
    let (first, cursor) = forwards(&shell, &format!("&limit=4&cursor={beginning}"));
    assert_eq!(ids(&first), all[..4]);
    let (rest, cursor) = forwards(&shell, &format!("&limit=4&cursor={cursor}"));
    assert_eq!(ids(&rest), all[4..]);
    let (nothing, cursor) = forwards(&shell, &format!("&limit=4&cursor={cursor}"));
    assert!(nothing.is_empty());
    let last = sent(append(&shell, &event()));
    let (rest, _) = forwards(&shell, &format!("&limit=4&cursor={cursor}"));
    assert_eq!(ids(&rest), last);
    for from in [String::new(), format!("&cursor={beginning}")] {
        assert_eq!(forwards(&shell, &from).0.len(), 7);
    }
}

#[test]
fn where_nothing_was_looked_at_the_cursor_stays() {
    let shell = Shell::start();
    append(&shell, &event()).expect(201);
    let (_, cursor) = forwards(&shell, "");
    // Everything read until then is recorded, and so are the reads themselves; nothing else precedes that time.
    let query = format!("&to=2000-01-01T00:00:00Z&cursor={cursor}");
    let (nothing, same) = forwards(&shell, &query);
    assert_eq!((nothing, same), (Vec::new(), cursor));
}

#[test]
fn every_filter_fits_forwards_as_well() {
    let shell = Shell::start();
    let mut times = Vec::new();
    for number in 0..5 {
        let mut event = with("metadata", json!({"number": number}));
        event["targets"] = json!([{"type": "file", "id": number.to_string()}]);
        event["context"] = json!({"request_id": format!("r{number}")});
        if number == 2 {
            event["outcome"] = json!("denied");
        }
        let recorded = append(&shell, &event).expect(201).json();
        times.push(recorded["created_at"].as_str().unwrap().to_owned());
    }
    for (query, expected) in [
        (String::new(), vec![0, 1, 2, 3, 4]),
        ("&actor=alice".to_owned(), vec![0, 1, 2, 3, 4]),
        ("&actor=bob".to_owned(), vec![]),
        ("&outcome=denied".to_owned(), vec![2]),
        ("&target=3".to_owned(), vec![3]),
        ("&request_id=r1&outcome=success".to_owned(), vec![1]),
        (format!("&from={}", times[2]), vec![2, 3, 4]),
        (format!("&to={}", times[2]), vec![0, 1]),
        (format!("&from={}&to={}", times[1], times[4]), vec![1, 2, 3]),
        ("&from=9000-01-01T00:00:00Z".to_owned(), vec![]),
        ("&to=0001-01-01T00:00:00Z".to_owned(), vec![]),
        (
            "&from=0001-01-01T00:00:00Z&to=9999-12-31T00:00:00Z".to_owned(),
            vec![0, 1, 2, 3, 4],
        ),
    ] {
        let number = |event: &Value| event["metadata"]["number"].as_i64().unwrap();
        let found: Vec<_> = forwards(&shell, &query).0.iter().map(number).collect();
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn a_cursor_is_of_one_order() {
    let shell = Shell::start();
    append(&shell, &json!([event(), event()])).expect(201);
    settle(&shell);
    for (order, other) in [("asc", "desc"), ("desc", "asc")] {
        let page = read(&shell, "acme", &format!("?limit=1&order={order}")).expect(200);
        let cursor = page.json()["next_cursor"].as_str().unwrap().to_owned();
        let continued =
            |order: &str| read(&shell, "acme", &format!("?order={order}&cursor={cursor}"));
        continued(order).expect(200);
        continued(other).expect_problem(400, "invalid-query");
    }
    read(&shell, "acme", "?order=up").expect_problem(400, "invalid-query");
}

#[test]
fn a_read_forwards_is_an_event_as_well() {
    let shell = Shell::start();
    let (_, cursor) = forwards(&shell, "&limit=5");
    let page = items(&read(&shell, "acme", "?action=audit_event.read"));
    assert_eq!(
        page[0]["metadata"],
        json!({"action": "file.*", "order": "asc"})
    );
    // So each of them finds the one before it, and no other.
    settle(&shell);
    let query = format!("?order=asc&action=audit_event.read&cursor={cursor}");
    let first = read(&shell, "acme", &query);
    assert_eq!(items(&first).len(), 2);
    let mut next = first.json()["next_cursor"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        settle(&shell);
        let query = format!("?order=asc&action=audit_event.read&cursor={next}");
        let page = read(&shell, "acme", &query);
        assert_eq!(items(&page).len(), 1);
        next = page.json()["next_cursor"].as_str().unwrap().to_owned();
    }
}
