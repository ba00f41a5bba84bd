//! Pages of a long trail, and of large events: bounded, and complete when they are walked.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    audit::{append, event, ids, items, pages, read},
};

use super::crash::Over;

/// Writes so many events into acme's trail, at intervals of one second into the past; those whose number is
/// divisible by `denied` have the outcome `denied`.
fn fill(shell: &Shell, count: i32, denied: i32, metadata: &str) {
    let statement = "INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action,
           actor_type, actor_id, targets, target_ids, outcome, metadata)
         SELECT $1, gen_random_uuid(), at, at, 'test.kept', 'user', 'alice', '[]', '{}',
           CASE WHEN n % $3 = 0 THEN 'denied' ELSE 'success' END::shell.audit_outcome, $4::text::json
         FROM generate_series(1, $2) AS n,
           LATERAL (SELECT now() - n * interval '1 microsecond' AS at) AS at";
    let acme = shell.database().organization("acme");
    let mut superuser = shell.database().as_superuser();
    let written = superuser.execute(statement, &[&acme, &count, &denied, &metadata]);
    assert_eq!(written.unwrap(), u64::try_from(count).unwrap());
}

/// The sizes of the pages of a walk.
fn walk(shell: &Shell, query: &str) -> Vec<usize> {
    let size = |page: &Answer| {
        assert!(page.body.len() < 4_200_000, "{}", page.body.len());
        items(page).len()
    };
    pages(shell, query).iter().map(size).collect()
}

#[test]
fn a_filter_that_fits_little_is_answered_in_parts() {
    let shell = Shell::start();
    fill(&shell, 150_000, 120_000, "{}");
    // The denied one lies beyond what is examined for the first page.
    assert_eq!(walk(&shell, "outcome=denied"), [0, 1]);
    assert_eq!(walk(&shell, "target=nothing"), [0, 0]);
    assert_eq!(walk(&shell, "actor=nobody"), [0]);
}

#[test]
fn a_filtered_walk_repeats_nothing_while_others_append() {
    let shell = Shell::start();
    fill(&shell, 250_000, 150, "{}");
    let over = AtomicBool::new(false);
    let found = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                append(&shell, &json!(vec![event(); 1_000])).expect(201);
            }
        });
        // Even if something below panics; otherwise the appending would never end.
        let _done = Over(&over);
        let walked = pages(&shell, "outcome=denied&limit=1000");
        walked.iter().flat_map(items).collect::<Vec<_>>()
    });
    let found = ids(&found);
    let once: HashSet<_> = found.iter().collect();
    assert_eq!((once.len(), found.len()), (250_000 / 150, 250_000 / 150));
}

#[test]
fn a_page_of_large_events_is_cut() {
    let shell = Shell::start();
    let metadata = serde_json::json!({"a": "x".repeat(60_000)}).to_string();
    fill(&shell, 100, 1, &metadata);
    let sizes = walk(&shell, "action=test.kept&limit=90");
    assert!(sizes[0] < 70, "{sizes:?}");
    assert_eq!(sizes.iter().sum::<usize>(), 100);
    // A page has at least one event, however large it is.
    let first = read(&shell, "acme", "?action=test.kept&limit=1").json();
    assert_ne!(first["next_cursor"], Value::Null);
}
