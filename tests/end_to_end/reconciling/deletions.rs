//! Users that were deleted from a realm, and users that only seem to be.

use std::ops::Range;

use serde_json::json;
use tests::{AdminServer, Lie, Organization, Person, Realm, Setup};

use crate::{
    identity::state::{created, execute, member, memberships, tell},
    reconciling::state::{
        assert_same, assert_settled, here, known, later, start, start_with, sweep, sweep_failing,
        sweep_with, username,
    },
};

fn remove(server: &AdminServer, numbers: Range<usize>) {
    server.realm(|realm| {
        for number in numbers {
            realm.users.remove(&format!("id-{}", username(number)));
        }
    });
}

#[test]
fn a_few_are_deleted_and_many_with_force_alone() {
    for (of, gone, is_few) in [
        (20, 10, true),
        (20, 11, false),
        (219, 11, false),
        (220, 11, true),
        (11, 11, false),
    ] {
        let (server, setup) = start_with(of);
        remove(&server, 0..gone);
        // Who comes to be known counts, too.
        let new = usize::from(of < 200);
        if new == 1 {
            server.realm(|realm| drop(realm.add("new").clone()));
        }
        if !is_few {
            let said = sweep_failing(&setup, &[]);
            assert!(said.contains("--force"), "{gone} of {of}: {said}");
            assert!(said.contains(&format!("{gone} of {of} users")), "{said}");
            assert!(
                said.contains(&format!("{gone} user deleted there and kept here")),
                "{said}"
            );
            // All else was done.
            assert_eq!(known(setup.database()).len(), of + new);
            assert_eq!(known(setup.database()).contains("id-new"), new == 1);
            // A dry run says the same.
            let said = sweep_failing(&setup, &["--dry-run"]);
            assert!(said.contains("--force"), "{gone} of {of}: {said}");
            let would = sweep_with(&setup, &["--dry-run", "--force"]);
            assert_eq!(would.matches("id-u").count(), gone, "{would}");
            assert_eq!(known(setup.database()).len(), of + new);
        }
        later(&server);
        let arguments: &[&str] = if is_few { &[] } else { &["--force"] };
        sweep_with(&setup, arguments);
        assert_same(&server, setup.database());
        assert_settled(&server, &setup);
    }
}

#[test]
fn an_empty_realm_deletes_nobody_without_force() {
    for users in [2, 30] {
        let (server, setup) = start_with(users);
        let before = here(setup.database());
        remove(&server, 0..users);
        let said = sweep_failing(&setup, &[]);
        assert!(
            said.contains(&format!("{users} of {users} users")),
            "{said}"
        );
        assert!(said.contains("nothing was repaired"), "{said}");
        assert_eq!(here(setup.database()), before);
    }
}

#[test]
fn a_realm_that_was_imported_anew_is_recognized() {
    let (server, setup) = start_with(12);
    server.realm(|realm| {
        let users = std::mem::take(&mut realm.users);
        let anew = users
            .into_iter()
            .map(|(id, user)| (format!("new-{id}"), user));
        realm.users = anew.collect();
    });
    let said = sweep_failing(&setup, &[]);
    assert!(said.contains("imported again"), "{said}");
    assert_eq!(
        known(setup.database())
            .iter()
            .filter(|id| id.starts_with("id-"))
            .count(),
        12
    );
    later(&server);
    sweep_with(&setup, &["--force"]);
    assert_same(&server, setup.database());
}

/// A realm in which somebody is in a group and in an organization with a group of its own, all of them known here.
fn with_places() -> (AdminServer, Setup) {
    let (server, setup) = start_with(3);
    server.realm(|realm| {
        realm.add_group("g", "editors", None);
        realm.add_group_within("A", "a", "board");
        let user = realm.user("id-u0000");
        user.groups.extend(["g".to_owned(), "a".to_owned()]);
        user.organizations.insert("A".to_owned());
    });
    sweep(&setup);
    later(&server);
    assert_same(&server, setup.database());
    (server, setup)
}

/// Gives everything in a realm another identifier.
fn import_anew(realm: &mut Realm) {
    let anew = |id: &String| format!("new-{id}");
    let groups = std::mem::take(&mut realm.groups).into_iter();
    realm.groups = groups
        .map(|(id, mut group)| {
            group.parent = group.parent.as_ref().map(anew);
            group.organization = group.organization.as_ref().map(anew);
            (anew(&id), group)
        })
        .collect();
    let organizations = std::mem::take(&mut realm.organizations).into_iter();
    realm.organizations = organizations
        .map(|(id, organization)| (anew(&id), organization))
        .collect();
    let users = std::mem::take(&mut realm.users).into_iter();
    realm.users = users
        .map(|(id, mut user)| {
            user.groups = user.groups.iter().map(anew).collect();
            user.organizations = user.organizations.iter().map(anew).collect();
            (anew(&id), user)
        })
        .collect();
}

#[test]
fn groups_and_organizations_stay_where_users_do() {
    let (server, setup) = with_places();
    let of_known = |setup: &Setup| {
        let here = here(setup.database());
        (
            here["users"]["id-u0000"].clone(),
            here["groups"]["g"].clone(),
            here["groups"]["a"].clone(),
        )
    };
    let before = of_known(&setup);
    server.realm(import_anew);
    let said = sweep_failing(&setup, &[]);
    assert!(said.contains("imported again"), "{said}");
    for kind in ["3 of 3 users", "3 of 3 organizations"] {
        assert!(said.contains(kind), "{kind}: {said}");
    }
    assert_eq!(of_known(&setup), before);
    assert_eq!(memberships(setup.database(), "id-u0000"), ["acme event"]);
    // Nor is an alias void, which only an administrator could set right.
    let voided = "SELECT count(*) FROM shell.organizations WHERE alias_voided_at IS NOT NULL";
    let row = setup.database().as_superuser().query_one(voided, &[]);
    assert_eq!(row.unwrap().get::<_, i64>(0), 0);
}

/// An alias that was freed at the provider, and that another organization took.
#[test]
fn an_alias_that_another_organization_has_now_is_void() {
    let (server, setup) = with_places();
    server.realm(|realm| {
        realm.organizations.get_mut("A").unwrap().alias = "other".to_owned();
        let new = Organization::called("acme");
        realm.organizations.insert("N".to_owned(), new);
    });
    let said = sweep(&setup);
    assert!(said.contains("alias_contradicted"), "{said}");
    let voided = "SELECT slug::text FROM shell.organizations WHERE alias_voided_at IS NOT NULL";
    let row = setup.database().as_superuser().query_one(voided, &[]);
    assert_eq!(row.unwrap().get::<_, String>(0), "acme");
    assert_settled(&server, &setup);
}

/// Keycloak sends no event for the groups below a deleted group, nor for those within a deleted organization.
#[test]
fn groups_that_were_deleted_with_what_held_them_keep_nothing() {
    let (server, setup) = start_with(2);
    server.realm(|realm| {
        realm.add_group("top", "staff", None);
        realm.add_group("below", "editors", Some("top"));
        realm.add_group("lowest", "writers", Some("below"));
        for id in ["w1", "w2"] {
            realm.add_group_within("A", id, id);
        }
    });
    sweep(&setup);
    later(&server);
    server.realm(|realm| {
        realm.delete_group("top");
        realm.delete_organization("A");
        realm.users.remove("id-u0000");
    });
    let deleted = json!([{"kind": "group_deleted", "group": "top"}]);
    tell(setup.database(), 0, deleted.as_array().unwrap());
    later(&server);
    sweep(&setup);
    assert_same(&server, setup.database());
    assert_settled(&server, &setup);
}

#[test]
fn all_organizations_or_all_groups_of_a_realm_go_by_force_alone() {
    for (kind, is_organizations) in [("3 of 3 organizations", true), ("2 of 2 groups", false)] {
        let (server, setup) = with_places();
        server.realm(|realm| {
            if is_organizations {
                for id in ["A", "G", "Z"] {
                    realm.delete_organization(id);
                }
            } else {
                realm.delete_group("g");
                realm.delete_group("a");
            }
        });
        let said = sweep_failing(&setup, &[]);
        assert!(said.contains(kind), "{said}");
        assert!(said.contains("deleted there and kept here"), "{said}");
        assert!(said.contains("nothing was repaired"), "{said}");
        assert_eq!(memberships(setup.database(), "id-u0000"), ["acme event"]);
        later(&server);
        sweep_with(&setup, &["--force"]);
        assert_same(&server, setup.database());
        assert_settled(&server, &setup);
    }
}

/// A user of a store that Keycloak asks is told as not found while the store is switched off.
#[test]
fn who_is_kept_elsewhere_is_left_as_it_is() {
    let (server, setup) = start_with(3);
    let id = "f:2b6f4d1a:erin";
    server.realm(|realm| drop(realm.users.insert(id.to_owned(), Person::named("erin"))));
    sweep(&setup);
    later(&server);
    assert_same(&server, setup.database());
    server.realm(|realm| drop(realm.users.remove(id)));
    let said = sweep(&setup);
    assert!(
        said.contains(&format!("user {id}: left as it is")),
        "{said}"
    );
    assert!(known(setup.database()).contains(id));
    // It is no sign that the realm is the right one.
    server.realm(|realm| realm.users.clear());
    let said = sweep_failing(&setup, &[]);
    assert!(said.contains("3 of 3 users"), "{said}");
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

/// Between one page and the next a hundred are deleted and a hundred others created, before and behind the place.
#[test]
fn who_comes_and_goes_between_pages_is_neither_missed_nor_deleted() {
    let (server, setup) = start_with(700);
    server.shorten_pages(100);
    for page in 1..6 {
        server.lie_with("users", page..page + 1, move |truth, realm| {
            swap(realm, page);
            truth
        });
    }
    let stay: Vec<_> = server.realm(|realm| realm.users.keys().cloned().collect());
    sweep_with(&setup, &["--force"]);
    let known = known(setup.database());
    server.realm(|realm| {
        for id in stay.iter().filter(|id| realm.users.contains_key(*id)) {
            assert!(known.contains(id), "{id}");
        }
    });
    server.repent();
    later(&server);
    sweep_with(&setup, &["--force"]);
    assert_same(&server, setup.database());
    assert_settled(&server, &setup);
}

/// Deletes a hundred of those that sort first, and creates a hundred that sort before all.
fn swap(realm: &mut Realm, page: usize) {
    let gone: Vec<_> = realm
        .users
        .iter()
        .map(|(id, user)| (user.username.clone(), id.clone()))
        .collect();
    let mut gone = gone;
    gone.sort();
    for (_, id) in gone.into_iter().skip(50).take(100) {
        realm.users.remove(&id);
    }
    for number in 0..100 {
        realm.add(&format!("a{page}-{number:03}"));
    }
}

#[test]
fn who_goes_while_its_lists_are_read_is_deleted_and_fails_nothing() {
    let (server, setup) = start_with(3);
    let gone = format!("id-{}", username(1));
    let id = gone.clone();
    server.lie_with("users", 0..1, move |truth, realm| {
        realm.users.remove(&id);
        truth
    });
    sweep(&setup);
    assert!(!known(setup.database()).contains(&gone));
    assert_same(&server, setup.database());
    assert_settled(&server, &setup);
}

#[test]
fn who_is_in_no_page_and_there_stays_and_is_repaired() {
    let (server, setup) = start_with(12);
    server.realm(|realm| realm.user("id-u0003").last_name = Some("Other".to_owned()));
    for walk in 0..2 {
        let _ = walk;
        server.lie("users", 0..1, Lie::Empty);
        later(&server);
        let _ = sweep(&setup);
        assert_same(&server, setup.database());
        server.repent();
    }
    assert_eq!(known(setup.database()).len(), 12);
    assert_settled(&server, &setup);
}

#[test]
fn who_was_erased_or_removed_here_stays_so() {
    let (server, setup) = start_with(3);
    server.realm(|realm| {
        for user in realm.users.values_mut() {
            user.organizations.insert("A".to_owned());
        }
    });
    sweep(&setup);
    let shell = setup.start();
    let acting = |path: &str| {
        let request = shell.platform("DELETE", path);
        request
            .header("shell-organization", "acme")
            .send()
            .expect(204)
    };
    acting("/v1/users/id-u0000?everywhere=true");
    acting("/v1/users/id-u0001");
    for _ in 0..2 {
        later(&server);
        let said = sweep(shell.setup());
        assert!(
            said.contains("id-u0000") && said.contains("id-u0001"),
            "{said}"
        );
        assert!(said.contains("nothing to repair"), "{said}");
        let users: Vec<_> = known(shell.database()).into_iter().collect();
        assert_eq!(users, ["id-u0001", "id-u0002"]);
        assert_eq!(memberships(shell.database(), "id-u0001"), [""; 0]);
        assert_eq!(memberships(shell.database(), "id-u0002"), ["acme event"]);
    }
}

#[test]
fn who_was_deleted_by_an_event_and_is_there_again_is_listed() {
    let (server, setup) = start_with(2);
    let deleted = json!([{"kind": "user_deleted", "user": "id-u0000"}]);
    tell(setup.database(), 0, deleted.as_array().unwrap());
    later(&server);
    let said = sweep(&setup);
    assert!(said.contains("id-u0000"), "{said}");
    assert!(!known(setup.database()).contains("id-u0000"));
}

/// Three that were seeded: one whom the provider has under another identifier, one whom it has under this one, and one
/// whom it does not have. A fourth came by an event.
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
    // Nothing was said of what the provider never told.
    assert_eq!(memberships(setup.database(), "id-ben"), ["globex seed"]);
    // Who came from there has gone from there.
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
