//! Reading opens only the partitions that matter, and uses the index that fits; appending calls no function
//! that could be inlined in the plan itself.

use postgres::{Client, Transaction};
use serde_json::json;
use tests::{Setup, TestDatabase};

/// Two years of partitions and of events of acme: 50 actors, a thousand events a month.
fn fill(database: &TestDatabase) {
    database
        .as_superuser()
        .batch_execute(
            "DO $$
             DECLARE first timestamp := date_trunc('month', now() AT TIME ZONE 'UTC'); month timestamp;
             BEGIN
               FOR n IN 1..24 LOOP
                 month := first - make_interval(months => n);
                 EXECUTE format('CREATE TABLE shell.audit_log_%s PARTITION OF shell.audit_log
                   FOR VALUES FROM (%L) TO (%L)', to_char(month, 'YYYY_MM'),
                   to_char(month, 'YYYY-MM-DD\"T00:00Z\"'),
                   to_char(month + interval '1 month', 'YYYY-MM-DD\"T00:00Z\"'));
               END LOOP;
             END $$;
             INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action,
               actor_type, actor_id, targets, target_ids, outcome, metadata)
             SELECT o.id, gen_random_uuid(), at, at, 'file.read', 'user', 'user-' || n % 50, '[]', '{}',
               'success', '{}'
             FROM shell.organizations o, generate_series(0, 23999) n,
               LATERAL (SELECT now() - n * interval '40 minutes' AS at) at
             WHERE o.slug = 'acme';
             ANALYZE shell.audit_log",
        )
        .unwrap();
}

/// Calls a function as a reader of acme's trail; `call` has its name and last arguments.
fn call<'a>(client: &'a mut Client, database: &TestDatabase, call: &str) -> Transaction<'a> {
    let mut transaction = client.transaction().unwrap();
    let platform = database.organization("platform");
    let (function, more) = call.split_once(' ').unwrap();
    let query = format!("SELECT refusal FROM shell.{function}($1, {more})");
    let caller = json!({"organization": platform, "provider": "default", "acting_for": "acme",
        "subject": "admin", "request_id": "r"});
    let refusal: Option<String> = transaction.query_one(&query, &[&caller]).unwrap().get(0);
    assert_eq!(refusal, None);
    transaction
}

/// The partitions that the transaction has opened to read: a plan locks the tables that it names.
fn opened(transaction: &mut Transaction<'_>) -> Vec<String> {
    let query = "SELECT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
        WHERE l.pid = pg_backend_pid() AND l.mode = 'AccessShareLock' AND c.relispartition
          AND c.relkind = 'r' ORDER BY 1";
    let rows = transaction.query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// The indexes of the log that the transaction has searched, without the partition's name.
fn searched(transaction: &mut Transaction<'_>) -> Vec<String> {
    let query = r"SELECT DISTINCT regexp_replace(c.relname, '^audit_log_\d+_\d+_', '')
        FROM pg_inherits i JOIN pg_index x ON x.indrelid = i.inhrelid JOIN pg_class c ON c.oid = x.indexrelid
        WHERE i.inhparent = 'shell.audit_log'::regclass AND pg_stat_get_xact_numscans(c.oid) > 0 ORDER BY 1";
    let rows = transaction.query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn month(database: &TestDatabase, ago: i32) -> String {
    let query = "SELECT to_char(now() AT TIME ZONE 'UTC' - make_interval(months => $1), '\"audit_log_\"YYYY_MM')";
    database
        .as_superuser()
        .query_one(query, &[&ago])
        .unwrap()
        .get(0)
}

const PAGE: &str =
    "find_audit_events jsonb_build_object('from', {from}, 'to', {to}, 'actor', {actor}),
    NULL, NULL, 101";

fn page(from: &str, to: &str, actor: &str) -> String {
    PAGE.replace("{from}", from)
        .replace("{to}", to)
        .replace("{actor}", actor)
}

#[test]
fn only_what_matters_is_opened() {
    let setup = Setup::seeded();
    let database = setup.database();
    fill(database);
    let mut client = database.as_runtime();

    let day = |ago: &str| format!("(date_trunc('month', now(), 'UTC') - interval '{ago}')::text");
    let a_day = page(&day("2 months"), &day("2 months -1 day"), "NULL");
    let mut transaction = call(&mut client, database, &a_day);
    assert_eq!(opened(&mut transaction), [month(database, 2)]);
    drop(transaction);

    // A reader that is recent enough opens no partition of the past.
    let on = "follow_audit_events '{}', 1, (date_trunc('month', now(), 'UTC') + interval '25 hours')::text,
        gen_random_uuid(), 101";
    let mut transaction = call(&mut client, database, on);
    let now = opened(&mut transaction);
    assert_eq!(now[0], month(database, 0));
    assert!(now.len() <= 2, "{now:?}");
    drop(transaction);

    // Of the months to come, at most the next one: the bound is a day from now.
    let everything = page("NULL", "NULL", "NULL");
    let mut transaction = call(&mut client, database, &everything);
    let opened = opened(&mut transaction);
    assert!((25..=26).contains(&opened.len()), "{opened:?}");
}

#[test]
fn by_the_index_that_fits() {
    let setup = Setup::seeded();
    let database = setup.database();
    fill(database);
    // A month that has just begun may be read by any index.
    let to = "date_trunc('month', now(), 'UTC')::text";
    let position = "organization_id_position_created_at_id_idx";
    let forwards = format!(
        "follow_audit_events jsonb_build_object('to', {to}), 1, (now() - interval '90 days')::text,
         gen_random_uuid(), 101"
    );
    let filtered = forwards.replace("'to'", "'actor', 'user-7', 'to'");
    for (what, indexes) in [
        (page("NULL", to, "NULL"), &["pkey"][..]),
        (
            page("NULL", to, "'user-7'"),
            &["organization_id_actor_id_created_at_idx"],
        ),
        (
            "get_audit_event gen_random_uuid()".to_owned(),
            &["organization_id_id_idx"],
        ),
        // The end of the walk is looked up by time.
        (forwards, &[position, "pkey"]),
        (filtered, &[position, "pkey"]),
    ] {
        // A connection counts what it has searched beyond the transaction.
        let mut client = database.as_runtime();
        let mut transaction = call(&mut client, database, &what);
        assert_eq!(searched(&mut transaction), indexes, "{what}");
    }
}

#[test]
fn expressions_stand_in_the_plan() {
    let setup = Setup::seeded();
    let mut client = setup.database().as_runtime();
    for expression in [
        "shell.unix_microseconds(clock_timestamp())",
        "shell.audit_id(n, n::text)",
        "shell.unit_texts(n::text)",
        "shell.current_organization()",
        "shell.is_platform()",
    ] {
        let query =
            format!("EXPLAIN (VERBOSE) SELECT {expression} FROM generate_series(1::bigint, 2) n");
        let plan = client.query(&query, &[]).unwrap();
        let output: String = plan[1].get(0);
        assert!(output.contains("Output: "), "{output}");
        let (function, _) = expression.split_once('(').unwrap();
        assert!(!output.contains(function), "{output}");
    }
}
