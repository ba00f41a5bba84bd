//! Invariant 5: the audit log only grows, for every role, on every partition.

use postgres::Client;
use tests::{Setup, TestDatabase, audit::partitions};

use super::partitions::made;

/// Statements that remove something, with the table's name in place of `{}`.
const WAYS: [&str; 5] = [
    "UPDATE {} SET action = 'other'",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "INSERT INTO {} SELECT * FROM {}
     ON CONFLICT (organization_id, created_at, id) DO UPDATE SET action = 'other'",
    "MERGE INTO {} USING (SELECT) other ON true WHEN MATCHED THEN DELETE",
];

#[track_caller]
fn every_way_is_refused(client: &mut Client, table: &str, who: &str) {
    for way in WAYS {
        let statement = way.replace("{}", &format!("shell.{table}"));
        let error = client.batch_execute(&statement).expect_err(&statement);
        let code = error.code().map(|code| code.code());
        assert_eq!(code, Some("42501"), "{who}: {statement}: {error}");
    }
}

/// Writes an event into each partition; returns their number.
fn fill(database: &TestDatabase) -> i64 {
    let count = database.as_superuser().execute(
        "INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
           actor_id, targets, target_ids, outcome, metadata)
         SELECT gen_random_uuid(), gen_random_uuid(), at, at, 'test.kept', 'user', 'alice', '[]', '{}',
           'success', '{}'
         FROM generate_series(0, 18) AS month,
           LATERAL (SELECT now() + make_interval(months => month) AS at) AS at",
        &[],
    );
    i64::try_from(count.unwrap()).unwrap()
}

fn kept(database: &TestDatabase) -> i64 {
    let query = "SELECT count(*) FROM shell.audit_log WHERE action = 'test.kept'";
    database
        .as_superuser()
        .query_one(query, &[])
        .unwrap()
        .get(0)
}

#[test]
fn for_every_role_on_every_partition() {
    let setup = Setup::seeded();
    let database = setup.database();
    // A partition that a later run creates must be protected like the others.
    let last = partitions(database).pop().unwrap();
    let drop = format!("DROP TABLE shell.{last}");
    database.as_superuser().batch_execute(&drop).unwrap();
    assert_eq!(made(database), [last]);
    let filled = fill(database);

    let mut tables = partitions(database);
    assert_eq!(tables.len(), 19);
    tables.push("audit_log".to_owned());
    let clients = [
        ("the runtime role", database.as_runtime()),
        ("the owner", database.as_owner()),
        ("a superuser", database.as_superuser()),
    ];
    for (who, mut client) in clients {
        for table in &tables {
            every_way_is_refused(&mut client, table, who);
        }
    }
    assert_eq!(kept(database), filled);
}

#[test]
fn for_an_owner_that_grants_itself_the_right() {
    let setup = Setup::seeded();
    let database = setup.database();
    let filled = fill(database);
    let mut owner = database.as_owner();
    let mut tables = partitions(database);
    tables.push("audit_log".to_owned());
    for table in tables {
        let grant = format!("GRANT UPDATE, DELETE, TRUNCATE ON shell.{table} TO CURRENT_USER");
        owner.batch_execute(&grant).unwrap();
        every_way_is_refused(&mut owner, &table, "the owner");
    }
    assert_eq!(kept(database), filled);
}

#[test]
fn on_a_partition_that_was_attached_by_hand() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut superuser = database.as_superuser();
    superuser
        .batch_execute(
            "CREATE TABLE shell.by_hand PARTITION OF shell.audit_log
               FOR VALUES FROM ('2001-01-01T00:00Z') TO ('2001-02-01T00:00Z');
             INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action,
               actor_type, actor_id, targets, target_ids, outcome, metadata)
             VALUES (gen_random_uuid(), gen_random_uuid(), '2001-01-15T00:00Z', now(), 'test.kept',
               'user', 'alice', '[]', '{}', 'success', '{}')",
        )
        .unwrap();
    for statement in [
        "UPDATE shell.by_hand SET action = 'other'",
        "DELETE FROM shell.by_hand",
        "TRUNCATE shell.audit_log",
    ] {
        let error = superuser.batch_execute(statement).expect_err(statement);
        let message = error.as_db_error().unwrap().message();
        assert!(message.contains("the audit log only grows"), "{message}");
    }
    assert_eq!(kept(database), 1);
}

#[test]
fn nobody_chooses_the_transaction_of_an_event() {
    let setup = Setup::seeded();
    let database = setup.database();
    let acme = database.organization("acme");
    for (who, mut client) in [
        ("the runtime role", database.as_runtime()),
        ("the owner", database.as_owner()),
    ] {
        let mut insert = |transaction: &str| {
            client.batch_execute(&format!(
                "BEGIN;
                 SELECT set_config('shell.organization_id', '{acme}', true);
                 INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action,
                   actor_type, actor_id, targets, target_ids, outcome, metadata, transaction_id)
                 VALUES ('{acme}', gen_random_uuid(), now(), now(), 'test.kept', 'user', 'alice', '[]',
                   '{{}}', 'success', '{{}}', {transaction});
                 COMMIT"
            ))
        };
        insert("DEFAULT").expect(who);
        let error = insert("'3'").expect_err(who);
        assert_eq!(error.code().unwrap().code(), "42501", "{who}: {error}");
    }
    assert_eq!(kept(database), 2);
}
