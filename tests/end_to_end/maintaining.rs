//! The job `maintain`, which a scheduler runs once a day.

use tests::{Setup, TestDatabase};

use crate::audit_partitions::partitions;

/// Ids and keys of acme: as many of both, of that age.
fn remember(database: &TestDatabase, count: i32, age: &str) {
    let statement = format!(
        "INSERT INTO shell.audit_ids
         SELECT o.id, gen_random_uuid(), '', now() - interval '{age}'
         FROM shell.organizations o, generate_series(1, {count}) WHERE o.slug = 'acme';
         INSERT INTO shell.audit_keys
         SELECT o.id, o.id, 'alice', '{age} ' || n, '', '[]', now() - interval '{age}'
         FROM shell.organizations o, generate_series(1, {count}) n WHERE o.slug = 'acme'"
    );
    database.as_superuser().batch_execute(&statement).unwrap();
}

fn remembered(database: &TestDatabase) -> (i64, i64) {
    let query =
        "SELECT (SELECT count(*) FROM shell.audit_ids), (SELECT count(*) FROM shell.audit_keys)";
    let row = database.as_superuser().query_one(query, &[]).unwrap();
    (row.get(0), row.get(1))
}

#[test]
fn what_is_older_than_35_days_is_forgotten() {
    let setup = Setup::seeded();
    let database = setup.database();
    // More than a statement deletes.
    remember(database, 12_000, "35 days 1 minute");
    remember(database, 3, "34 days 23 hours");
    let said = setup.job("maintain", None, &[]).unwrap();
    assert!(said.contains("purged 24000 ids and keys"), "{said}");
    assert_eq!(remembered(database), (3, 3));
    let said = setup.job("maintain", None, &[]).unwrap();
    assert!(said.contains("nothing to do"), "{said}");
}

#[test]
fn events_older_than_90_days_are_forgotten() {
    let setup = Setup::seeded();
    let statement = "INSERT INTO shell.webhook_events (identity_provider_id, source, id, inbox_id, type,
          occurred_at, status, received_at)
        SELECT p.id, 'keycloak', days || ' days', gen_random_uuid(), 'access.LOGIN', now(), 'applied',
          now() - make_interval(days => days)
        FROM shell.identity_providers p, unnest(ARRAY[1, 89, 91, 200]) days WHERE p.slug = 'default'";
    let mut superuser = setup.database().as_superuser();
    superuser.batch_execute(statement).unwrap();
    let said = setup.job("maintain", None, &[]).unwrap();
    assert!(said.contains("purged 2 events"), "{said}");
    let query = "SELECT string_agg(id, ', ' ORDER BY received_at DESC) FROM shell.webhook_events";
    let left: String = superuser.query_one(query, &[]).unwrap().get(0);
    assert_eq!(left, "1 days, 89 days");
    let said = setup.job("maintain", None, &[]).unwrap();
    assert!(said.contains("nothing to do"), "{said}");
}

#[test]
fn partitions_that_are_missing_are_made() {
    let setup = Setup::seeded();
    let database = setup.database();
    let before = partitions(database);
    let last = before.last().unwrap();
    let drop = format!("DROP TABLE shell.{last}");
    database.as_superuser().batch_execute(&drop).unwrap();
    let said = setup.job("maintain", None, &[]).unwrap();
    assert!(said.contains(&format!("made partition {last}")), "{said}");
    assert_eq!(partitions(database), before);
}

#[test]
fn before_the_migrations_it_says_what_to_do() {
    let error = Setup::empty().job("maintain", None, &[]).unwrap_err();
    assert!(error.contains("run the migrations first"), "{error}");
}

#[test]
fn arguments_are_refused() {
    let error = Setup::seeded()
        .job("maintain", None, &["--now"])
        .unwrap_err();
    assert!(error.contains("expected none"), "{error}");
}
