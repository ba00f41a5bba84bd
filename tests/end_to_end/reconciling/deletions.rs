//! Users, groups and organizations that were deleted from a realm, and how many are deleted only with `--force`.

use std::ops::Range;

use serde_json::json;
use tests::{AdminServer, Organization, Realm, Setup, facts::tell, identity::memberships};

use super::state::{
    assert_same, assert_settled, here, known, later, start_with, sweep, sweep_failing, sweep_with,
    username,
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
        // A user who becomes known in the sweep counts, too.
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
            // Everything else was done.
            assert_eq!(known(setup.database()).len(), of + new);
            assert_eq!(known(setup.database()).contains("id-new"), new == 1);
            // A dry run reports the same.
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

/// A realm in which somebody is in a group, and in an organization with its own group, all of them known here.
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

/// Gives all objects in a realm new ids.
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
    // Nor is an alias void, which only an administrator could repair.
    let voided = "SELECT count(*) FROM shell.organizations WHERE alias_voided_at IS NOT NULL";
    let row = setup.database().as_superuser().query_one(voided, &[]);
    assert_eq!(row.unwrap().get::<_, i64>(0), 0);
}

/// An alias that was freed at the provider and then taken by another organization.
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
