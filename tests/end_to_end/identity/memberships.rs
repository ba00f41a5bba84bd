//! Memberships of organizations, from a provider's events and from changes here.

use serde_json::{Value, json};
use tests::{
    Setup,
    facts::{ago, created, member, tell},
    identity::{cut_off, memberships, named},
    sql::execute,
};

#[test]
fn a_name_means_whoever_was_called_so_then_and_had_that_e_mail() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    let called = |user: &str, username: &str, email: &str| json!({"kind": "user", "user": user, "creates": true, "username": username, "email": email});
    let joins = |email: &str| json!({"kind": "membership", "organization": "A", "member": true, "username": "kim", "email": email});
    // The first user had the name kim until the second one got it.
    tell(database, 60, &[called("second", "kim", "Second@x.example")]);
    tell(database, 90, &[called("first", "Kim", "first@x.example")]);
    tell(database, 70, &[called("first", "kay", "first@x.example")]);
    for (seconds, email, status) in [
        (95, "first@x.example", "waiting"),
        (65, "first@x.example", "waiting"),
        (80, "second@x.example", "waiting"),
        (80, "first@x.example", "applied"),
    ] {
        let outcome = tell(database, seconds, &[joins(email)]);
        assert_eq!(outcome.status, status, "{seconds} {email}");
    }
    assert_eq!(memberships(database, "first"), ["acme event"]);
    assert_eq!(memberships(database, "second"), [""; 0]);
    assert_eq!(
        tell(database, 50, &[joins("second@x.example")]).status,
        "applied"
    );
    assert_eq!(memberships(database, "second"), ["acme event"]);
    // Facts about an earlier time apply to that time: it was the second user after all.
    tell(database, 85, &[called("first", "kit", "first@x.example")]);
    assert_eq!(memberships(database, "first"), [""; 0]);
    tell(database, 84, &[called("second", "kim", "first@x.example")]);
    assert_eq!(memberships(database, "second"), ["acme event"]);
}

#[test]
fn an_attribute_counts_as_long_as_no_event_says_otherwise() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    let acme = json!({"organization_id": [database.organization("acme")]});
    tell(database, 90, &[created("zoe", acme.clone())]);
    assert_eq!(memberships(database, "zoe"), ["acme attribute"]);
    tell(database, 80, &[member("G", "zoe", true)]);
    assert_eq!(memberships(database, "zoe"), ["globex event"]);
    assert_eq!(cut_off(database, "acme", "zoe"), Some(80));
    tell(database, 70, &[member("G", "zoe", false)]);
    assert_eq!(memberships(database, "zoe"), ["acme attribute"]);
    tell(database, 60, &[member("A", "zoe", false)]);
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    tell(database, 50, &[created("zoe", acme)]);
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    // An organization of another provider is never affected.
    execute(
        database,
        "INSERT INTO shell.identity_providers (id, slug) VALUES (gen_random_uuid(), 'partner');
         INSERT INTO shell.organizations (id, slug, name, plan, identity_provider_id)
         SELECT '0198a8a0-0000-7000-8000-000000000001', 'initrode', 'I', 'free', id
         FROM shell.identity_providers WHERE slug = 'partner'",
    );
    let foreign = json!({"organization_id": ["0198a8a0-0000-7000-8000-000000000001"]});
    tell(database, 40, &[created("yan", foreign)]);
    assert_eq!(memberships(database, "yan"), [""; 0]);
}

#[test]
fn the_only_organization_of_a_provider_has_all_its_users() {
    let setup = Setup::seeded();
    let database = setup.database();
    execute(
        database,
        "INSERT INTO shell.identity_providers (id, slug) VALUES (gen_random_uuid(), 'partner');
         INSERT INTO shell.organizations (id, slug, name, plan, identity_provider_id)
         SELECT gen_random_uuid(), 'initrode', 'I', 'free', id FROM shell.identity_providers WHERE slug = 'partner'",
    );
    let mut runtime = database.as_runtime();
    let mut tell = |id: &str, fact: Value| {
        let event = json!({"id": id, "type": "t", "time": ago(9_000), "facts": [fact]});
        let statement =
            "SELECT status FROM shell.receive_event('partner', 'keycloak', gen_random_uuid(), $1)";
        let status: String = runtime.query_one(statement, &[&event]).unwrap().get(0);
        assert_eq!(status, "applied");
    };
    tell("e1", created("zoe", json!({})));
    let mut client = created("svc", json!({}));
    client["service_account"] = json!(true);
    tell("e2", client);
    assert_eq!(memberships(database, "zoe"), ["initrode only_organization"]);
    assert_eq!(memberships(database, "svc"), [""; 0]);
    // With another organization, nobody is removed.
    execute(
        database,
        "INSERT INTO shell.organizations (id, slug, name, plan, identity_provider_id)
         SELECT gen_random_uuid(), 'another', 'A', 'free', id FROM shell.identity_providers WHERE slug = 'partner'",
    );
    tell(
        "e3",
        json!({"kind": "user", "user": "zoe", "creates": true, "first_name": "Zoe"}),
    );
    tell("e4", created("yan", json!({})));
    assert_eq!(memberships(database, "zoe"), ["initrode only_organization"]);
    assert_eq!(memberships(database, "yan"), [""; 0]);
}

#[test]
fn who_was_removed_here_comes_back_by_a_later_event_alone() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    execute(
        database,
        "INSERT INTO shell.removed_memberships
         SELECT id, 'zoe', now() - interval '60 s' FROM shell.organizations WHERE slug = 'acme'",
    );
    let acme = json!({"organization_id": [database.organization("acme")]});
    tell(database, 50, &[created("zoe", acme)]);
    tell(database, 70, &[member("A", "zoe", true)]);
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    tell(database, 40, &[member("A", "zoe", true)]);
    assert_eq!(memberships(database, "zoe"), ["acme event"]);
}

#[test]
fn tokens_are_cut_off_even_where_leaving_overtakes_joining() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    tell(database, 90, &[created("zoe", json!({}))]);
    let outcome = tell(database, 60, &[member("A", "zoe", false)]);
    let cutoffs = &outcome.touched.unwrap()["cutoffs"];
    assert_eq!(
        (&cutoffs[0]["provider"], &cutoffs[0]["subject"]),
        (&json!("default"), &json!("zoe"))
    );
    tell(database, 80, &[member("A", "zoe", true)]);
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    tell(database, 50, &[member("A", "zoe", true)]);
    assert_eq!(memberships(database, "zoe"), ["acme event"]);
    assert_eq!(cut_off(database, "acme", "zoe"), Some(60));
}
