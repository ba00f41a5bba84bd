//! The rights of the HTTP functions' role on the tables and functions of the schema.

use tests::{Setup, sql::caller};
use uuid::Uuid;

use super::tables::guarded_tables;

/// The functions that the runtime role may execute although they are not a single statement, in their order.
const EXECUTABLE: &str = include_str!("executable.txt");

#[test]
fn the_runtime_role_owns_nothing_and_cannot_get_around_the_policies() {
    let setup = Setup::seeded();
    let mut runtime = setup.database().as_runtime();
    let query = "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb,
          (SELECT count(*) FROM pg_class WHERE relowner = r.oid)
            + (SELECT count(*) FROM pg_proc WHERE proowner = r.oid),
          rolconfig::text
        FROM pg_roles r WHERE rolname = current_user";
    let row = runtime.query_one(query, &[]).unwrap();
    assert!(!row.get::<_, bool>(0));
    assert_eq!(row.get::<_, i64>(1), 0);
    let limits: String = row.get(2);
    for limit in [
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
    ] {
        assert!(limits.contains(limit), "{limits}");
    }
}

#[test]
fn the_runtime_role_writes_no_tenant_it_did_not_enter_and_seeds_nothing() {
    let setup = Setup::seeded();
    let mut runtime = setup.database().as_runtime();
    for (table, _) in guarded_tables(setup.database()) {
        // Either it has no right to delete, or row-level security hides all rows.
        let deleted = runtime.execute(&format!("DELETE FROM shell.{table}"), &[]);
        let may = [
            "app_organizations",
            "group_members",
            "linked_identities",
            "membership_facts",
            "memberships",
            "organization_domains",
            "permissions",
            "removed_memberships",
            "resources",
            "role_assignments",
            "roles",
            "user_names",
        ];
        let may = may.contains(&table.as_str());
        assert_eq!(deleted.ok(), may.then_some(0), "{table}");
    }
    let query = "SELECT proname FROM pg_proc WHERE pronamespace = 'shell'::regnamespace
        AND has_function_privilege(current_user, oid, 'EXECUTE') AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'sql')
        ORDER BY 1";
    let may: Vec<String> = runtime
        .query(query, &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    let expected: Vec<_> = EXECUTABLE.lines().collect();
    assert_eq!(may, expected);
}

#[test]
fn settings_do_not_outlive_the_statement() {
    let setup = Setup::seeded();
    let acme = setup.database().organization("acme");
    let mut runtime = setup.database().as_runtime();
    let query = "SELECT organization_id FROM shell.discover_catalogue($1)";
    let entered: Uuid = runtime.query_one(query, &[&caller(acme)]).unwrap().get(0);
    assert_eq!(entered, acme);
    let left: i64 = runtime
        .query_one("SELECT count(*) FROM shell.organizations", &[])
        .unwrap()
        .get(0);
    assert_eq!(left, 0);
}
