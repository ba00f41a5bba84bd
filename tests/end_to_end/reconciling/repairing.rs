//! A sweep repairs changes that no event reported, and repairs them only once.

use std::collections::BTreeMap;

use serde_json::json;
use tests::{AdminServer, Link, Setup, facts::tell};

use super::state::{
    assert_same, assert_settled, everything, here, later, start, sweep, sweep_failing, sweep_with,
};

fn link(id: &str, username: &str) -> Link {
    let (id, username) = (id.to_owned(), username.to_owned());
    Link { id, username }
}

fn department(name: &str) -> BTreeMap<String, Vec<String>> {
    let kept = ("department".to_owned(), vec![name.to_owned()]);
    let other = ("shoe_size".to_owned(), vec!["44".to_owned()]);
    [kept, other].into()
}

/// A realm with objects of each kind, which the first sweep has reported.
fn told() -> (AdminServer, Setup) {
    let (server, setup) = start();
    server.realm(|realm| {
        for name in [
            "ann", "ben", "cleo", "dan", "eve", "fay", "gil", "hal", "ivy", "jim",
        ] {
            let user = realm.add(name);
            user.attributes = department("sales");
        }
        realm.add_group("g1", "staff", None);
        realm.add_group("g2", "editors", Some("g1"));
        realm.add_group("g3", "chief", Some("g2"));
        realm.add_group("g4", "guests", None);
        realm.add_group_within("A", "g5", "board");
        realm.add_group("g6", "inner", Some("g5"));
        for (user, group) in [
            ("ann", "g1"),
            ("ann", "g3"),
            ("ben", "g4"),
            ("cleo", "g6"),
            ("eve", "g5"),
        ] {
            realm
                .user(&format!("id-{user}"))
                .groups
                .insert(group.to_owned());
        }
        for (user, organization) in [
            ("ann", "A"),
            ("cleo", "A"),
            ("eve", "A"),
            ("dan", "G"),
            ("eve", "Z"),
        ] {
            let user = realm.user(&format!("id-{user}"));
            user.organizations.insert(organization.to_owned());
        }
        for (user, alias) in [("ann", "google"), ("ben", "google"), ("fay", "partner")] {
            let user = realm.user(&format!("id-{user}"));
            user.links
                .insert(alias.to_owned(), link(&format!("7-{alias}"), "before"));
        }
    });
    (server, setup)
}

/// A change of each kind, without any event.
fn change(server: &AdminServer) {
    let seconds = server.now() / 1_000;
    server.realm(|realm| {
        realm.user("id-ann").username = "anna".to_owned();
        realm.user("id-ann").groups.remove("g3");
        realm.user("id-ben").email = None;
        realm.user("id-ben").groups.insert("g1".to_owned());
        realm.user("id-ben").links.clear();
        realm
            .user("id-ann")
            .links
            .insert("partner".to_owned(), link("9", "ann at the partner's"));
        realm.leave("id-cleo", "A");
        realm.user("id-dan").organizations.insert("A".to_owned());
        realm.user("id-eve").first_name = Some("Evelyn".to_owned());
        realm.user("id-eve").last_name = None;
        realm
            .user("id-fay")
            .links
            .insert("partner".to_owned(), link("7-partner", "after"));
        realm.user("id-gil").is_disabled = true;
        realm.user("id-hal").attributes = department("support");
        realm.user("id-ivy").not_before = seconds;
        realm.users.remove("id-jim");
        realm.add("kim");
        realm.delete_group("g4");
        realm.groups.get_mut("g2").unwrap().name = "writers".to_owned();
        realm.groups.get_mut("g3").unwrap().parent = None;
        realm.add_group("g7", "new", Some("g3"));
        realm.delete_organization("G");
    });
}

/// The revocations, by kind and value.
fn revoked(setup: &Setup) -> Vec<String> {
    let statement = "SELECT kind || ' ' || value FROM shell.revocations ORDER BY 1";
    let rows = setup.database().as_superuser().query(statement, &[]);
    rows.unwrap().iter().map(|row| row.get(0)).collect()
}

#[test]
fn each_kind_of_change_is_repaired_and_nothing_twice() {
    let (server, setup) = told();
    let said = sweep(&setup);
    assert_same(&server, setup.database());
    for id in ["id-ann", "g1", "g6"] {
        assert!(said.contains(id), "{id}: {said}");
    }
    assert_eq!(revoked(&setup), [""; 0]);
    assert_settled(&server, &setup);

    change(&server);
    later(&server);
    let said = sweep(&setup);
    assert_same(&server, setup.database());
    for user in [
        "ann", "ben", "cleo", "dan", "eve", "fay", "gil", "hal", "ivy", "jim", "kim",
    ] {
        assert!(said.contains(&format!("id-{user}")), "{user}: {said}");
    }
    for value in ["anna", "Evelyn", "support", "after", "corp.example"] {
        assert!(!said.contains(value), "{value}: {said}");
    }
    let ended = ["subject id-gil", "subject id-ivy", "subject id-jim"];
    assert_eq!(revoked(&setup), ended);
    assert_settled(&server, &setup);
    assert_eq!(revoked(&setup), ended);
}

#[test]
fn a_dry_run_says_what_a_run_says_and_changes_nothing() {
    let (server, setup) = told();
    for _ in 0..2 {
        let before = everything(setup.database());
        let would = sweep_with(&setup, &["--dry-run"]);
        assert_eq!(everything(setup.database()), before);
        later(&server);
        let did = sweep(&setup);
        assert_eq!(lines(&would), lines(&did));
        assert_same(&server, setup.database());
        change(&server);
        later(&server);
    }
}

/// The lines about each change, and the summary.
fn lines(output: &str) -> Vec<&str> {
    let lines = output
        .lines()
        .filter(|line| line.contains("id-") || line.contains(" g"));
    lines
        .map(|line| {
            let totals = line
                .strip_prefix("repaired: ")
                .or(line.strip_prefix("would repair: "));
            totals.unwrap_or(line)
        })
        .collect()
}

#[test]
fn memberships_are_read_from_the_side_of_the_users_alone() {
    let (server, setup) = told();
    sweep(&setup);
    for pattern in [
        "groups/*/members",
        "organizations/*/members",
        "organizations/*/groups/*/members",
    ] {
        assert_eq!(server.count(pattern), 0, "{pattern}");
    }
    // A list ends with an empty page.
    let pages: Vec<_> = server
        .asked()
        .into_iter()
        .filter(|path| path.starts_with("users?"))
        .collect();
    assert_eq!(pages.len(), 2, "{pages:?}");
    assert!(
        pages
            .iter()
            .all(|page| page.contains("briefRepresentation=false")),
        "{pages:?}"
    );
}

#[test]
fn groups_that_do_not_count_what_is_in_them_are_asked() {
    let (server, setup) = told();
    server.count_groups(false);
    sweep(&setup);
    assert_same(&server, setup.database());
}

#[test]
fn a_keycloak_without_groups_within_organizations_has_the_others() {
    let (server, setup) = told();
    server.realm(|realm| realm.delete_group("g5"));
    server.have_groups_within(false);
    sweep(&setup);
    assert_same(&server, setup.database());
    assert_settled(&server, &setup);
}

#[test]
fn a_realm_that_may_not_be_seen_is_passed_over() {
    let (server, setup) = told();
    let seconds = server.now() / 1_000;
    server.realm(|realm| realm.not_before = seconds);
    server.show_realm(false);
    let said = sweep(&setup);
    assert!(said.contains("view-realm"), "{said}");
    assert_same(&server, setup.database());
    assert_eq!(revoked(&setup), [""; 0]);
    server.show_realm(true);
    later(&server);
    sweep(&setup);
    assert_eq!(revoked(&setup), ["provider "]);
    assert_settled(&server, &setup);
}

#[test]
fn a_token_is_renewed_in_the_middle() {
    let (server, setup) = told();
    server.tokens_live(60, 7);
    sweep(&setup);
    assert_same(&server, setup.database());
    let all = server.asked().len();
    assert!(server.logins() > all / 14, "{} {all}", server.logins());
    let before = here(setup.database());
    later(&server);
    // A token that expires before it can be used: one for each request, and no more.
    server.tokens_live(60, 0);
    let said = sweep_failing(&setup, &[]);
    assert!(said.contains("401"), "{said}");
    assert_eq!(here(setup.database()), before);
}

#[test]
fn service_accounts_are_left_alone() {
    let (server, setup) = told();
    server.realm(|realm| realm.add("service-account-drive").is_service_account = true);
    sweep(&setup);
    let facts = json!([{"kind": "user", "user": "id-service-account-drive", "creates": true,
        "username": "service-account-drive", "service_account": true}]);
    // A service account that is not known to be one.
    let unmarked = json!([{"kind": "user", "user": "id-service-account-mail", "creates": true,
        "username": "service-account-mail"}]);
    server.realm(|realm| realm.add("service-account-mail").is_service_account = true);
    for facts in [facts, unmarked] {
        let outcome = tell(setup.database(), 900, facts.as_array().unwrap());
        assert_eq!(outcome.status, "applied");
    }
    let accounts = || {
        let all = everything(setup.database()).into_iter();
        let is_account =
            |row: &String| row.starts_with("users:") && row.contains("service-account");
        all.filter(is_account).collect::<Vec<_>>()
    };
    let before = accounts();
    assert_eq!(before.len(), 2);
    later(&server);
    let said = sweep(&setup);
    assert!(said.contains("nothing to repair"), "{said}");
    assert_eq!(accounts(), before);
    // Some versions do not return them at all. Users known to be service accounts are not even requested.
    server.show_service_accounts(false);
    later(&server);
    sweep(&setup);
    assert!(accounts().contains(before.iter().find(|row| row.contains("drive")).unwrap()));
}
