//! Users who are missing from a list of a realm, and users created and deleted while lists are read.

use tests::{Lie, Realm};

use super::state::{
    assert_same, assert_settled, known, later, start_with, sweep, sweep_with, username,
};

/// Between two pages, a hundred users are deleted and a hundred others created, before and after the current place.
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

/// Deletes the first hundred in the order of the list, and creates a hundred that precede all.
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
