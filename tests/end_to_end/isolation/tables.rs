//! Invariant 1: no tenant sees another's row, by row-level security.

use postgres::{Client, Transaction};
use serde_json::json;
use tests::{Setup, TestDatabase, audit::partitions, sql::caller};
use uuid::Uuid;

/// A role with all rights on every table, restricted only by row-level security.
fn probe(database: &TestDatabase) -> Client {
    let mut superuser = database.as_superuser();
    superuser
        .batch_execute(
            "DO $$ BEGIN CREATE ROLE shell_test_probe NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             GRANT USAGE ON SCHEMA shell TO shell_test_probe;
             GRANT ALL ON ALL TABLES IN SCHEMA shell TO shell_test_probe;
             GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA shell TO shell_test_probe;
             SET ROLE shell_test_probe",
        )
        .unwrap();
    superuser
}

/// Global tables: their content is the same for every tenant.
const GLOBAL: [&str; 11] = [
    "app_leases",
    "apps",
    "audit_positions",
    "changes",
    "function_files",
    "heartbeats",
    "identity_providers",
    "key_sets",
    "refinery_schema_history",
    "ssf_transmitters",
    "sweeps",
];

/// Every table with tenants' or personal data, and the column of the tenant, if there
/// is one. Partitions are queried through their table, and have their own test below.
pub(crate) fn guarded_tables(database: &TestDatabase) -> Vec<(String, Option<String>)> {
    let query = "SELECT c.relname, a.attname FROM pg_class c
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
          AND a.attname = CASE c.relname WHEN 'organizations' THEN 'id' ELSE 'organization_id' END
        WHERE c.relnamespace = 'shell'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition ORDER BY 1";
    let rows = database.as_superuser().query(query, &[]).unwrap();
    let tables: Vec<_> = rows
        .iter()
        .map(|row| (row.get::<_, String>(0), row.get::<_, Option<String>>(1)))
        .filter(|(table, _)| !GLOBAL.contains(&table.as_str()))
        .collect();
    assert!(tables.len() >= 5, "{tables:?}");
    tables
}

/// Tables with an identity provider's reports; they are visible once the provider has been entered.
const TOLD: [&str; 9] = [
    "group_members",
    "groups",
    "linked_identities",
    "membership_facts",
    "provider_clients",
    "provider_organizations",
    "swept",
    "user_names",
    "webhook_events",
];

/// Writes what no seeding leaves: an event in acme's and one in globex's trail, each with an id and a key, a change
/// of a role, and a revocation; and an event of their identity provider, of which somebody was removed from both.
fn use_everything(database: &TestDatabase) {
    let mut runtime = database.as_runtime();
    let facts = json!([
        {"kind": "user", "user": "told", "creates": true, "username": "told", "email": "told@acme.example"},
        {"kind": "link", "user": "told", "alias": "google", "linked": true, "external_id": "1", "username": "t"},
        {"kind": "group", "group": "g1", "name": "editors", "parent": null},
        {"kind": "group_member", "group": "g1", "user": "told", "member": true},
        {"kind": "organization", "organization": "o1", "enabled": true},
        {"kind": "membership", "organization": "o1", "member": true, "user": "told"},
        {"kind": "revocation", "scope": "subject", "user": "told"},
        {"kind": "client", "client": "c1", "client_id": "web", "ended": true},
    ]);
    let query = "SELECT status FROM shell.receive_event('default', 'keycloak', gen_random_uuid(),
        jsonb_build_object('id', 'e1', 'type', 't', 'facts', $1::jsonb,
          'time', (extract(epoch FROM now()) * 1000)::bigint))";
    let status: String = runtime.query_one(query, &[&facts]).unwrap().get(0);
    assert_eq!(status, "applied");
    for table in ["removed_memberships", "membership_cutoffs"] {
        let statement =
            format!("INSERT INTO shell.{table} SELECT id, 'told', now() FROM shell.organizations");
        database.as_superuser().batch_execute(&statement).unwrap();
    }
    let swept = "INSERT INTO shell.swept SELECT id, 'user', 'told' FROM shell.identity_providers";
    database.as_superuser().batch_execute(swept).unwrap();
    let statement = "INSERT INTO shell.revocations (id, identity_provider_id, kind, value, organization_id, cut_off_at,
          source, revoked_at)
        SELECT gen_random_uuid(), identity_provider_id, 'subject', 'told', id, now(), 'administrator', now()
        FROM shell.organizations";
    database.as_superuser().batch_execute(statement).unwrap();
    for slug in ["acme", "globex"] {
        let query =
            "SELECT outcome FROM shell.put_role($1, 'fresh', gen_random_uuid(), $2, 9, NULL)";
        let role = json!({"name": "Fresh", "description": "", "inherits": [], "groups": [], "permissions": []});
        let caller = caller(database.organization(slug));
        let outcome: String = runtime.query_one(query, &[&caller, &role]).unwrap().get(0);
        assert_eq!(outcome, "created");
        let query = "SELECT outcome FROM shell.add_revocation($1, $2, gen_random_uuid(), 86400)";
        let revocation = json!({"kind": "subject", "value": "told"});
        let row = runtime.query_one(query, &[&caller, &revocation]).unwrap();
        assert_eq!(row.get::<_, String>(0), "created");
        let query = "SELECT outcome FROM shell.record_audit_batch($1, 'key', '', '8123456789abcdef',
            '', gen_random_uuid()::text, '00', '', 'file.read', 'user', 'alice', '', '[]', 'success',
            '', '', '', '', '{}')";
        let outcome: String = runtime.query_one(query, &[&caller]).unwrap().get(0);
        assert_eq!(outcome, "recorded");
    }
}

fn enter(transaction: &mut Transaction<'_>, organization: Uuid) {
    let query = "SELECT set_config('shell.organization_id', $1, true)";
    transaction
        .query_one(query, &[&organization.to_string()])
        .unwrap();
}

fn count(client: &mut Transaction<'_>, table: &str) -> i64 {
    client
        .query_one(&format!("SELECT count(*) FROM shell.{table}"), &[])
        .unwrap()
        .get(0)
}

#[test]
fn a_query_without_its_tenant_returns_nothing() {
    let setup = Setup::seeded();
    let database = setup.database();
    use_everything(database);
    let mut superuser = database.as_superuser();
    let mut everybody = superuser.transaction().unwrap();
    let mut probe = probe(database);
    let mut nobody = probe.transaction().unwrap();
    for (table, _) in guarded_tables(database) {
        assert!(
            count(&mut everybody, &table) > 0,
            "{table} is empty: nothing would be proved"
        );
        assert_eq!(count(&mut nobody, &table), 0, "{table}");
    }
}

#[test]
fn a_tenant_sees_its_own_rows_alone() {
    let setup = Setup::seeded();
    let database = setup.database();
    use_everything(database);
    let acme = database.organization("acme");
    let mut probe = probe(database);
    for (table, column) in guarded_tables(database) {
        let mut transaction = probe.transaction().unwrap();
        enter(&mut transaction, acme);
        if TOLD.contains(&table.as_str()) {
            assert_eq!(count(&mut transaction, &table), 0, "{table}");
            let provider = "SELECT set_config('shell.identity_provider_id',
                (SELECT identity_provider_id::text FROM shell.organizations), true)";
            transaction.query_one(provider, &[]).unwrap();
        }
        assert!(count(&mut transaction, &table) > 0, "{table}");
        if let Some(column) = column {
            // Rows that platform has marked as global are readable by every tenant.
            let global = match table.as_str() {
                "roles" | "permissions" => "AND NOT is_global",
                _ => "",
            };
            let query = format!("SELECT count(*) FROM shell.{table} WHERE {column} <> $1 {global}");
            let foreign: i64 = transaction.query_one(&query, &[&acme]).unwrap().get(0);
            assert_eq!(foreign, 0, "{table}");
        }
    }
    let mut transaction = probe.transaction().unwrap();
    enter(&mut transaction, acme);
    let names: Vec<String> = transaction
        .query("SELECT username FROM shell.users ORDER BY 1", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(names, ["admin", "alice", "bob"]);
}

#[test]
fn a_tenant_changes_nothing_of_another() {
    let setup = Setup::seeded();
    let database = setup.database();
    use_everything(database);
    let (acme, globex) = (
        database.organization("acme"),
        database.organization("globex"),
    );
    let mut probe = probe(database);
    for (table, column) in guarded_tables(database) {
        let Some(column) = column else { continue };
        let mut transaction = probe.transaction().unwrap();
        enter(&mut transaction, acme);
        // Moving one's own row to another tenant must fail, and no other tenant's row may be visible.
        let moved = transaction.execute(
            &format!("UPDATE shell.{table} SET {column} = $1"),
            &[&globex],
        );
        let error = moved.expect_err(&table);
        assert_eq!(
            error.code().map(|code| code.code().to_owned()).as_deref(),
            Some("42501"),
            "{table}: {error}"
        );
        drop(transaction);
        let mut transaction = probe.transaction().unwrap();
        enter(&mut transaction, acme);
        let update = format!("UPDATE shell.{table} SET {column} = {column} WHERE {column} = $1");
        // The audit log refuses before any rows are looked up.
        let changed = transaction.execute(&update, &[&globex]).ok();
        assert_eq!(changed, (table != "audit_log").then_some(0), "{table}");
    }
    let mut transaction = probe.transaction().unwrap();
    enter(&mut transaction, acme);
    let event = "INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action,
           actor_type, actor_id, targets, target_ids, outcome, metadata)
         VALUES ($1, gen_random_uuid(), now(), now(), 'test', 'user', 'alice', '[]', '{}', 'success', '{}')";
    assert_eq!(transaction.execute(event, &[&acme]).unwrap(), 1);
    let error = transaction.execute(event, &[&globex]).unwrap_err();
    let message = error.as_db_error().unwrap().message();
    assert!(message.contains("row-level security"), "{message}");
    drop(transaction);
    // A person may belong to several tenants: each of them may read the row, but not change it.
    let mut transaction = probe.transaction().unwrap();
    enter(&mut transaction, acme);
    let changed = transaction.execute("UPDATE shell.users SET display_name = 'X'", &[]);
    assert_eq!(changed.unwrap(), 0);
    assert_eq!(
        transaction.execute("DELETE FROM shell.users", &[]).unwrap(),
        0
    );
}

#[test]
fn what_is_global_is_written_in_no_tenant() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut probe = probe(database);
    for slug in ["platform", "acme"] {
        for wide in ["", "on"] {
            let mut transaction = probe.transaction().unwrap();
            enter(&mut transaction, database.organization(slug));
            let setting = "SELECT set_config('shell.platform', $1, true)";
            transaction.query_one(setting, &[&wide]).unwrap();
            for (table, changed) in [("roles", "version = 0"), ("permissions", "effect = 'deny'")] {
                let seen = format!("SELECT FROM shell.{table} WHERE is_global");
                assert!(!transaction.query(&seen, &[]).unwrap().is_empty());
                let update = format!("UPDATE shell.{table} SET {changed} WHERE is_global");
                assert_eq!(transaction.execute(&update, &[]).unwrap(), 0);
                let delete = format!("DELETE FROM shell.{table} WHERE is_global");
                assert_eq!(transaction.execute(&delete, &[]).unwrap(), 0);
            }
            let own = "INSERT INTO shell.roles (organization_id, id, slug, name, is_global)
                 VALUES (shell.current_organization(), gen_random_uuid(), 'everything', 'E', true)";
            let error = transaction.execute(own, &[]).unwrap_err();
            let message = error.as_db_error().unwrap().message();
            assert!(message.contains("row-level security"), "{message}");
        }
    }
}

#[test]
fn partitions_are_closed_but_through_their_table() {
    let setup = Setup::seeded();
    let database = setup.database();
    use_everything(database);
    let acme = database.organization("acme");
    let mut probe = probe(database);
    for partition in partitions(database) {
        let mut transaction = probe.transaction().unwrap();
        enter(&mut transaction, acme);
        assert_eq!(count(&mut transaction, &partition), 0, "{partition}");
        let copy = format!("INSERT INTO shell.{partition} SELECT * FROM shell.audit_log");
        let error = transaction.execute(&copy, &[]).expect_err(&partition);
        let message = error.as_db_error().unwrap().message();
        assert!(message.contains("row-level security"), "{message}");
        let mut runtime = database.as_runtime();
        let read = runtime.execute(&format!("SELECT FROM shell.{partition}"), &[]);
        read.expect_err(&partition);
    }
}

#[test]
fn every_guarded_table_forces_its_policies() {
    let setup = Setup::seeded();
    let query = "SELECT relname FROM pg_class WHERE relnamespace = 'shell'::regnamespace
        AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1";
    let open: Vec<String> = setup
        .database()
        .as_superuser()
        .query(query, &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(open, GLOBAL);
}
