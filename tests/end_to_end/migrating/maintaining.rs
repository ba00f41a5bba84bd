//! The job `maintain`, which a scheduler runs once a day.

use tests::{Setup, TestDatabase, audit::partitions, sql::execute};

/// Stores this many ids and as many keys of acme, of this age.
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
    // More than one statement deletes.
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

#[test]
fn what_no_token_outlives_is_purged() {
    let setup = Setup::seeded();
    let database = setup.database();
    let insert = "INSERT INTO shell.revocations (id, identity_provider_id, kind, value, organization_id, cut_off_at,
          expires_at, source, revoked_at)
        SELECT gen_random_uuid(), p.id, r.kind, r.value, o.id, now() - r.cut_off, now() - r.expires, 'test',
          now() - r.revoked
        FROM (VALUES
          ('subject', 'gone', NULL, interval '26 hours', NULL, interval '1 minute'),
          ('subject', 'kept', NULL, interval '24 hours', NULL, interval '40 hours'),
          ('subject', 'gone', 'acme', interval '26 hours', NULL, interval '1 minute'),
          ('subject', 'kept', 'acme', interval '24 hours', NULL, interval '1 minute'),
          ('token_id', 'gone', NULL, NULL, NULL, interval '26 hours'),
          ('token_id', 'kept', NULL, NULL, NULL, interval '24 hours'),
          ('token', 'gone', NULL, NULL, interval '2 hours', interval '3 hours'),
          ('token', 'kept', NULL, NULL, interval '-1 minute', interval '30 days')
        ) r(kind, value, organization, cut_off, expires, revoked)
        JOIN shell.identity_providers p ON p.slug = 'default'
        LEFT JOIN shell.organizations o ON o.slug = r.organization";
    let insert = insert.replace(
        "now() - r.cut_off",
        "coalesce(now() - r.cut_off, 'infinity')",
    );
    execute(database, &insert);
    let left = || -> Vec<String> {
        let statement = "SELECT r.kind || ' ' || r.value || coalesce(' in ' || o.slug, '') FROM shell.revocations r
            LEFT JOIN shell.organizations o ON o.id = r.organization_id ORDER BY 1";
        let rows = database.as_superuser().query(statement, &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(left().len(), 8);
    // A token that may live longer still needs them; a revocation of one token ends with that token.
    let said = setup
        .job_with("maintain", &[("longest_token", "2d")])
        .unwrap();
    assert!(said.contains("purged 1 revocations"), "{said}");
    let said = setup.job("maintain", None, &[]).unwrap();
    assert!(said.contains("purged 3 revocations"), "{said}");
    let kept = [
        "subject kept",
        "subject kept in acme",
        "token kept",
        "token_id kept",
    ];
    assert_eq!(left(), kept);
    let said = setup.job("maintain", None, &[]).unwrap();
    assert!(said.contains("nothing to do"), "{said}");
    let error = setup
        .job_with("maintain", &[("longest_token", "a day")])
        .unwrap_err();
    assert!(
        error.contains("expected a duration such as 90s, 30m, 24h or 7d, from 1s to 30d"),
        "{error}"
    );
}

#[test]
fn a_purge_is_no_larger_than_it_is_asked_to_be() {
    let setup = Setup::seeded();
    let database = setup.database();
    execute(
        database,
        "INSERT INTO shell.revocations (id, identity_provider_id, kind, value, cut_off_at, source, revoked_at)
         SELECT gen_random_uuid(), p.id, 'session', n::text, now() - interval '30 hours', 'test', now()
         FROM shell.identity_providers p, generate_series(1, 25) n WHERE p.slug = 'default'",
    );
    let mut owner = database.as_owner();
    let statement = "SELECT shell.purge_revocations(10, 86400)";
    let mut purged = Vec::new();
    for _ in 0..4 {
        purged.push(owner.query_one(statement, &[]).unwrap().get::<_, i64>(0));
    }
    assert_eq!(purged, [10, 10, 5, 0]);
}
