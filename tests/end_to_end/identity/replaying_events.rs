//! The job `replay`, which applies events of the inbox again.

use serde_json::json;
use tests::Setup;

/// Stores an event in the inbox of `default`.
fn keep(setup: &Setup, id: &str, status: &str, facts: &serde_json::Value, waits_for: Option<&str>) {
    let statement = "INSERT INTO shell.webhook_events (identity_provider_id, source, id, inbox_id, type,
          occurred_at, facts, status, reason, waits_for)
        SELECT p.id, 'keycloak', $1::text, gen_random_uuid(), 'admin.USER-CREATE', now(), $2::text::jsonb,
          $3::text, 'it failed', CASE WHEN $4::text IS NOT NULL THEN ARRAY[$4::text] END
        FROM shell.identity_providers p WHERE p.slug = 'default'";
    let mut superuser = setup.database().as_superuser();
    let facts = facts.to_string();
    superuser
        .execute(statement, &[&id, &facts, &status, &waits_for])
        .unwrap();
}

fn statuses(setup: &Setup) -> String {
    let query = "SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) FROM (
          SELECT status, count(*) AS n FROM shell.webhook_events GROUP BY status) s";
    let mut superuser = setup.database().as_superuser();
    superuser.query_one(query, &[]).unwrap().get(0)
}

fn mark(setup: &Setup) -> String {
    let mut superuser = setup.database().as_superuser();
    let row = superuser.query_one("SELECT mark::text FROM shell.changes", &[]);
    row.unwrap().get(0)
}

fn user(number: usize) -> serde_json::Value {
    json!([{"kind": "user", "user": format!("u-{number}"), "creates": true, "username": format!("user{number}")}])
}

#[test]
fn what_failed_is_applied_part_by_part() {
    let setup = Setup::seeded();
    // More than one statement applies.
    for number in 0..120 {
        keep(
            &setup,
            &format!("e-{number}"),
            "failed",
            &user(number),
            None,
        );
    }
    keep(&setup, "unreadable", "failed", &json!([]), None);
    let waiting = json!([{"kind": "group_member", "group": "g", "user": "u-x", "member": true},
        {"kind": "login", "user": "u-x"}]);
    keep(&setup, "waits", "waiting", &waiting, Some("user:u-x"));
    let before = mark(&setup);
    let said = setup.job("replay", None, &[]).unwrap();
    assert!(
        said.contains("replayed 122 events: 120 applied, 1 still waiting, 1 still failed"),
        "{said}"
    );
    assert!(said.contains("must send them again"), "{said}");
    assert_eq!(statuses(&setup), "applied 120, failed 1, waiting 1");
    // Redis was not told; this is detected, and a new epoch begins.
    assert_ne!(mark(&setup), before);
    let mut superuser = setup.database().as_superuser();
    let count = "SELECT count(*) FROM shell.users WHERE external_id LIKE 'u-%'";
    let users: i64 = superuser.query_one(count, &[]).unwrap().get(0);
    assert_eq!(users, 120);

    let said = setup.job("replay", None, &[]).unwrap();
    assert!(
        said.contains("replayed 2 events: 0 applied, 1 still waiting, 1 still failed"),
        "{said}"
    );
}

#[test]
fn where_nothing_failed_there_is_nothing_to_do() {
    let setup = Setup::seeded();
    let before = mark(&setup);
    let said = setup.job("replay", None, &[]).unwrap();
    assert!(said.contains("nothing to replay"), "{said}");
    assert_eq!(mark(&setup), before);
    let error = setup.job("replay", None, &["--all"]).unwrap_err();
    assert!(error.contains("unknown arguments"), "{error}");
}

#[test]
fn before_the_migrations_it_says_what_to_do() {
    let error = Setup::empty().job("replay", None, &[]).unwrap_err();
    assert!(error.contains("run the migrations first"), "{error}");
}
