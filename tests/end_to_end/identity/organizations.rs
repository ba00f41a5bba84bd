//! Events of a provider about its organizations, and their effects on members.

use serde_json::json;
use tests::{
    Setup,
    facts::{ago, created, member, tell},
    identity::{cut_off, memberships, named},
};

use super::state::state;

#[test]
fn an_organization_that_is_disabled_there_rests_and_keeps_its_members() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    tell(
        database,
        90,
        &[created("zoe", json!({})), member("A", "zoe", true)],
    );
    let resting = || {
        let statement = "SELECT members_rest_at IS NOT NULL, cut_off_at IS NOT NULL, status::text
            FROM shell.organizations WHERE slug = 'acme'";
        let row = database.as_superuser().query_one(statement, &[]).unwrap();
        (row.get(0), row.get(1), row.get::<_, String>(2))
    };
    let told = |enabled: bool| json!({"kind": "organization", "organization": "A", "alias": "acme", "enabled": enabled});
    let outcome = tell(database, 60, &[told(false)]);
    assert_eq!(outcome.touched.unwrap()["voided"], json!(true));
    // Now acme has no administrator.
    let warning = json!([{"warning": "no_administrator", "organization": "acme"}]);
    assert_eq!(outcome.warnings, Some(warning));
    assert_eq!(resting(), (true, true, "active".to_owned()));
    assert_eq!(memberships(database, "zoe"), ["acme event"]);
    tell(database, 70, &[told(true)]);
    assert_eq!(resting(), (true, true, "active".to_owned()));
    tell(database, 50, &[told(true)]);
    assert_eq!(resting(), (false, true, "active".to_owned()));
    tell(
        database,
        40,
        &[json!({"kind": "organization_deleted", "organization": "A"})],
    );
    tell(database, 30, &[told(true)]);
    assert_eq!(resting(), (true, true, "active".to_owned()));
    assert_eq!(state(database)["here"]["acme"], json!(["A", true, true]));
}

#[test]
fn what_was_told_of_an_organization_counts_once_its_identifier_is_known() {
    let setup = Setup::seeded();
    let database = setup.database();
    tell(
        database,
        90,
        &[created("zoe", json!({})), member("A", "zoe", true)],
    );
    tell(
        database,
        80,
        &[created("yan", json!({})), member("A", "yan", true)],
    );
    tell(database, 70, &[member("A", "yan", false)]);
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    // It is learned from a token.
    let mut runtime = database.as_runtime();
    let names = json!([{"alias": "acme", "id": "A"}]);
    let statement =
        "SELECT organization_id, change FROM shell.name_organization('default', $1, NULL)";
    let row = runtime.query_one(statement, &[&names]).unwrap();
    assert!(row.get::<_, Option<String>>(1).is_some());
    assert_eq!(memberships(database, "zoe"), ["acme event"]);
    assert_eq!(memberships(database, "yan"), [""; 0]);
    assert_eq!(cut_off(database, "acme", "yan"), Some(70));
    // An administrator sets it for another organization.
    let caller = json!({"organization": database.organization("platform"), "provider": "default",
        "subject": "admin", "request_id": "r1", "issued_at": ago(0) / 1_000});
    let mut put = |slug: &str, external_id: &str| {
        let content =
            json!({"name": slug, "plan": "free", "domains": [], "external_id": external_id});
        let statement =
            "SELECT outcome FROM shell.put_organization($1, $2, NULL, gen_random_uuid(), $3, NULL)";
        let row = runtime
            .query_one(statement, &[&caller, &slug, &content])
            .unwrap();
        assert_eq!(row.get::<_, Option<String>>(0).as_deref(), Some("replaced"));
    };
    put("acme", "B");
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    put("globex", "A");
    assert_eq!(memberships(database, "zoe"), ["globex event"]);
}
