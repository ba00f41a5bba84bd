//! Seeded users whom a realm has under another id, or not at all.

use serde_json::json;
use tests::{
    AdminServer, Setup,
    facts::{created, member, tell},
    identity::memberships,
    sql::execute,
};

use super::state::{known, later, start, sweep, sweep_failing, sweep_with};

/// Three seeded users: the provider has one under another id, one under the same id, and one not at all. A fourth
/// came by an event.
fn seeded() -> (AdminServer, Setup) {
    let (server, setup) = start();
    execute(
        setup.database(),
        "INSERT INTO shell.users (id, identity_provider_id, external_id, username, email, display_name)
        SELECT gen_random_uuid(), p.id, n.id, n.name, n.name || '@corp.example', 'Seeded'
        FROM shell.identity_providers p, (VALUES ('seed-1', 'Ann'), ('id-ben', 'ben'), ('seed-3', 'cleo'))
          n(id, name) WHERE p.slug = 'default';
        INSERT INTO shell.memberships (organization_id, user_id)
        SELECT o.id, u.id FROM shell.organizations o, shell.users u WHERE o.slug = 'globex'",
    );
    tell(
        setup.database(),
        900,
        &[created("id-dan", json!({})), member("A", "id-dan", true)],
    );
    server.realm(|realm| {
        realm.add("ann").organizations.insert("A".to_owned());
        realm.add("ben");
    });
    later(&server);
    (server, setup)
}

#[test]
fn the_seeded_are_not_deleted_but_listed() {
    let (server, setup) = seeded();
    let said = sweep(&setup);
    let known = known(setup.database());
    for id in ["seed-1", "seed-3"] {
        assert!(known.contains(id), "{id}");
        assert!(said.contains(id), "{id}: {said}");
        assert_eq!(memberships(setup.database(), id), ["globex seed"]);
    }
    assert!(said.contains("--adopt"), "{said}");
    // Facts that the provider never reported are not changed.
    assert_eq!(memberships(setup.database(), "id-ben"), ["globex seed"]);
    // The user who came from the provider was deleted with it.
    assert!(!known.contains("id-dan"));
    let _ = server;
}

#[test]
fn the_seeded_are_joined_by_name_where_that_is_asked_for() {
    let (server, setup) = seeded();
    let would = sweep_with(&setup, &["--adopt", "--dry-run"]);
    assert!(would.contains("seed-1"), "{would}");
    let said = sweep_with(&setup, &["--adopt"]);
    assert!(said.contains("seed-1") && said.contains("id-ann"), "{said}");
    let known: Vec<_> = known(setup.database()).into_iter().collect();
    assert_eq!(known, ["id-ann", "id-ben", "seed-3"]);
    let of_ann = memberships(setup.database(), "id-ann");
    assert_eq!(of_ann, ["acme event", "globex seed"]);
    later(&server);
    let said = sweep_with(&setup, &["--adopt"]);
    assert!(said.contains("nothing to repair"), "{said}");
    assert!(said.contains("seed-3"), "{said}");
}

#[test]
fn nobody_is_joined_to_one_who_may_be_gone() {
    let (server, setup) = seeded();
    sweep(&setup);
    later(&server);
    server.realm(|realm| realm.users.clear());
    let said = sweep_failing(&setup, &["--adopt"]);
    assert!(said.contains("--force"), "{said}");
    let known = known(setup.database());
    for id in ["seed-1", "id-ann"] {
        assert!(known.contains(id), "{id}");
    }
    assert_eq!(memberships(setup.database(), "seed-1"), ["globex seed"]);
}
