//! The state of a realm and the Shell's state, in the same form; and the job that makes the second equal to the first.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tests::{AdminServer, Organization, Person, Realm, Setup, TestDatabase, identity::reset};

/// The provider's ids of organizations with their aliases; the last one is not known here.
pub const ORGANIZATIONS: [(&str, &str); 3] = [("A", "acme"), ("G", "globex"), ("Z", "zed")];

/// The attribute that is stored.
const KEPT: &str = "department";

/// A realm with its organizations, and a Shell that may read it but has not received anything from it.
pub fn start() -> (AdminServer, Setup) {
    let server = AdminServer::start("veni");
    server.realm(|realm| {
        for (id, alias) in ORGANIZATIONS {
            let organization = Organization::called(alias);
            realm.organizations.insert(id.to_owned(), organization);
        }
    });
    let setup = Setup::seeded().reconciled_with(&server);
    reset(setup.database());
    let statement = format!(
        "UPDATE shell.identity_providers SET attributes = '{{{KEPT}}}' WHERE slug = 'default';
        UPDATE shell.organizations SET external_id = CASE slug WHEN 'acme' THEN 'A' ELSE 'G' END
        WHERE slug IN ('acme', 'globex')"
    );
    let mut superuser = setup.database().as_superuser();
    superuser.batch_execute(&statement).unwrap();
    (server, setup)
}

/// The same with so many users, whom the first sweep has reported.
pub fn start_with(users: usize) -> (AdminServer, Setup) {
    let (server, setup) = start();
    server.realm(|realm| {
        for number in 0..users {
            realm.add(&username(number));
        }
    });
    sweep(&setup);
    later(&server);
    assert_same(&server, setup.database());
    (server, setup)
}

/// The username with this number.
pub fn username(number: usize) -> String {
    format!("u{number:04}")
}

/// Makes the realm's current state later than everything that was read or received before.
pub fn later(server: &AdminServer) {
    server.pass(Duration::from_secs(2));
}

/// Runs a sweep, which must succeed; returns its output.
#[track_caller]
pub fn sweep(setup: &Setup) -> String {
    sweep_with(setup, &[])
}

/// The same with arguments.
#[track_caller]
pub fn sweep_with(setup: &Setup, arguments: &[&str]) -> String {
    let output = setup.job("reconcile", None, arguments);
    output.unwrap_or_else(|output| panic!("{output}"))
}

/// Runs a sweep, which must exit with status 1; returns its output.
#[track_caller]
pub fn sweep_failing(setup: &Setup, arguments: &[&str]) -> String {
    setup.job("reconcile", None, arguments).unwrap_err()
}

/// Asserts that a sweep finds nothing to repair, and changes nothing.
#[track_caller]
pub fn assert_settled(server: &AdminServer, setup: &Setup) {
    let before = here(setup.database());
    later(server);
    let output = sweep(setup);
    assert!(output.contains("nothing to repair"), "{output}");
    assert_eq!(here(setup.database()), before);
}

/// Asserts that the data here equals the realm's.
#[track_caller]
pub fn assert_same(server: &AdminServer, database: &TestDatabase) {
    let there = server.realm(|realm| there(realm));
    let here = here(database);
    for (part, expected) in there.as_object().unwrap() {
        let expected = expected.as_object().unwrap();
        let found = here[part].as_object().unwrap();
        let ids: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
        for id in ids {
            assert_eq!(found.get(id), expected.get(id), "{part} {id}");
        }
    }
}

/// The realm's data, as far as it is stored here.
pub fn there(realm: &Realm) -> Value {
    let users = realm
        .users
        .iter()
        .filter(|(_, user)| !user.is_service_account);
    let users = users.map(|(id, user)| (id.clone(), user_there(realm, user)));
    let groups = realm.groups.iter();
    let groups = groups.map(|(id, group)| {
        let shown = json!([group.name, group.parent, group.organization]);
        (id.clone(), shown)
    });
    let rest = ORGANIZATIONS.iter().take(2);
    let rest = rest.map(|(id, alias)| {
        let organization = realm.organizations.get(*id);
        let rests = organization.is_none_or(|organization| organization.is_disabled);
        ((*alias).to_owned(), json!(rests))
    });
    json!({"users": users.collect::<serde_json::Map<_, _>>(),
        "groups": groups.collect::<serde_json::Map<_, _>>(),
        "rest": rest.collect::<serde_json::Map<_, _>>()})
}

fn user_there(realm: &Realm, user: &Person) -> Value {
    let attributes = user.attributes.iter();
    let attributes = attributes.filter(|(name, _)| *name == KEPT);
    let links = user.links.iter();
    let links = links.map(|(alias, link)| (alias.clone(), json!([link.id, link.username])));
    let known = ORGANIZATIONS.iter().take(2);
    let serves = |id: &str| !realm.organizations[id].is_disabled;
    let organizations = known.filter(|(id, _)| user.organizations.contains(*id) && serves(id));
    json!({"username": user.username, "email": user.email.as_deref().unwrap_or_default(),
        "first_name": user.first_name, "last_name": user.last_name, "enabled": !user.is_disabled,
        "attributes": attributes.collect::<std::collections::BTreeMap<_, _>>(),
        "links": links.collect::<serde_json::Map<_, _>>(), "groups": user.groups,
        "organizations": organizations.map(|(_, alias)| *alias).collect::<Vec<_>>()})
}

/// The data here, in the same form.
pub fn here(database: &TestDatabase) -> Value {
    // A user who left an organization is in none of its groups, whatever was reported about them.
    let statement = "SELECT jsonb_build_object(
        'users', (SELECT coalesce(jsonb_object_agg(u.external_id, jsonb_build_object(
            'username', u.username, 'email', u.email, 'first_name', u.first_name, 'last_name', u.last_name,
            'enabled', u.is_enabled, 'attributes', u.attributes,
            'links', (SELECT coalesce(jsonb_object_agg(l.alias, jsonb_build_array(l.external_id, l.username)), '{}')
              FROM shell.linked_identities l WHERE l.user_external_id = u.external_id AND l.is_linked),
            'groups', (SELECT coalesce(jsonb_agg(m.group_external_id ORDER BY m.group_external_id), '[]')
              FROM shell.group_members m JOIN shell.groups g ON g.external_id = m.group_external_id
              WHERE m.user_external_id = u.external_id AND m.is_member AND NOT g.is_deleted),
            'organizations', (SELECT coalesce(jsonb_agg(o.slug ORDER BY o.slug), '[]')
              FROM shell.memberships m JOIN shell.organizations o ON o.id = m.organization_id
              WHERE m.user_id = u.id AND o.members_rest_at IS NULL))), '{}')
          FROM shell.users u
          WHERE u.deleted_at IS NULL AND u.erased_at IS NULL AND NOT u.is_service_account),
        'groups', (SELECT coalesce(jsonb_object_agg(g.external_id,
            jsonb_build_array(g.name, g.parent_external_id, g.organization_external_id)), '{}')
          FROM shell.groups g WHERE NOT g.is_deleted),
        'rest', (SELECT jsonb_object_agg(o.slug, o.members_rest_at IS NOT NULL)
          FROM shell.organizations o WHERE o.slug IN ('acme', 'globex')))";
    let row = database.as_superuser().query_one(statement, &[]).unwrap();
    row.get(0)
}

/// All rows, except those about the sweeps themselves.
pub fn everything(database: &TestDatabase) -> Vec<String> {
    let mut superuser = database.as_superuser();
    let tables = "SELECT relname FROM pg_class WHERE relnamespace = 'shell'::regnamespace AND relkind IN ('r', 'p')
        AND NOT relispartition AND relname NOT IN ('sweeps', 'swept') ORDER BY 1";
    let mut all = Vec::new();
    for table in superuser.query(tables, &[]).unwrap() {
        let table: String = table.get(0);
        let query = format!("SELECT t::text FROM shell.{table} t ORDER BY 1");
        let rows = superuser.query(&query, &[]).unwrap();
        all.extend(
            rows.iter()
                .map(|row| format!("{table}: {}", row.get::<_, String>(0))),
        );
    }
    all
}

/// The users known here who are neither deleted nor erased.
pub fn known(database: &TestDatabase) -> BTreeSet<String> {
    let here = here(database);
    here["users"].as_object().unwrap().keys().cloned().collect()
}
