//! The partitions of the audit log: there is always one for new events.

use std::thread;

use tests::{Setup, TestDatabase, audit::partitions, sql::caller};

/// Makes the owner create the missing partitions; returns their names.
pub(crate) fn made(database: &TestDatabase) -> Vec<String> {
    let rows = database
        .as_owner()
        .query("SELECT shell.make_audit_partitions()", &[])
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// The names of the partitions that must exist.
fn expected(database: &TestDatabase) -> Vec<String> {
    let query = "SELECT to_char(month, '\"audit_log_\"YYYY_MM')
        FROM (SELECT now() AT TIME ZONE 'UTC') AS t(now),
          generate_series(date_trunc('month', now - interval '1 day'), now + interval '18 months',
            interval '1 month') AS month
        ORDER BY month";
    let rows = database.as_superuser().query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Drops partitions; if they are all, it is as if no job had run for years.
fn remove(database: &TestDatabase, names: &[String]) {
    let mut superuser = database.as_superuser();
    for name in names {
        let drop = format!("DROP TABLE shell.{name}");
        superuser.batch_execute(&drop).unwrap();
    }
}

#[test]
fn eighteen_months_ahead_and_no_default() {
    let setup = Setup::seeded();
    let database = setup.database();
    assert_eq!(partitions(database), expected(database));
    let query = "SELECT partdefid FROM pg_partitioned_table
        WHERE partrelid = 'shell.audit_log'::regclass";
    let default: u32 = database
        .as_superuser()
        .query_one(query, &[])
        .unwrap()
        .get(0);
    assert_eq!(default, 0);
    assert!(made(database).is_empty());
}

#[test]
fn years_later_and_with_a_gap() {
    let setup = Setup::seeded();
    let database = setup.database();
    let all = expected(database);
    remove(database, &all);
    database
        .as_owner()
        .batch_execute(
            "CREATE TABLE shell.audit_log_2001_01 PARTITION OF shell.audit_log
             FOR VALUES FROM ('2001-01-01T00:00Z') TO ('2001-02-01T00:00Z')",
        )
        .unwrap();
    assert_eq!(made(database), all);
    remove(database, &all[3..5]);
    assert_eq!(made(database), all[3..5]);
}

#[test]
fn two_at_once() {
    let setup = Setup::seeded();
    let database = setup.database();
    let all = expected(database);
    for _ in 0..3 {
        remove(database, &all);
        let mut both = thread::scope(|scope| {
            let runs = [(); 2].map(|()| scope.spawn(|| made(database)));
            runs.map(|run| run.join().unwrap()).concat()
        });
        both.sort();
        assert_eq!(both, all);
    }
}

#[test]
fn appends_go_on_while_they_are_made() {
    let setup = Setup::seeded();
    let database = setup.database();
    let all = expected(database);
    let (_, later) = all.split_at(all.len() - 18);
    remove(database, later);
    let mut owner = database.as_owner();
    let mut making = owner.transaction().unwrap();
    let made = making
        .query("SELECT shell.make_audit_partitions()", &[])
        .unwrap();
    assert_eq!(made.len(), 18);
    let acme = database.organization("acme");
    let query = "SELECT shell.record_audit_event($1, '8123456789abcdef', '{}',
        '{NULL,file.read,user,alice,NULL,[],success,NULL,NULL,NULL,NULL,\"{}\"}')";
    let answer: Vec<Option<String>> = database
        .as_runtime()
        .query_one(query, &[&caller(acme)])
        .unwrap()
        .get(0);
    assert_eq!(answer[1], None);
    making.commit().unwrap();
}

#[test]
fn the_last_microsecond_of_a_month() {
    let setup = Setup::seeded();
    let database = setup.database();
    let query = "INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action,
          actor_type, actor_id, targets, target_ids, outcome, metadata)
        SELECT gen_random_uuid(), gen_random_uuid(), at, at, 'test', 'user', 'alice', '[]', '{}',
          'success', '{}'
        FROM (SELECT date_trunc('month', now(), 'UTC') + interval '1 month' AS next) m,
          LATERAL (VALUES (next - interval '1 microsecond'), (next)) AS v(at)
        RETURNING tableoid::regclass::text";
    let rows = database.as_superuser().query(query, &[]).unwrap();
    let into: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let expected = expected(database);
    assert_eq!(
        into,
        [&expected[0], &expected[1]].map(|name| format!("shell.{name}"))
    );
}
