//! Users whom a sweep does not change, whatever the realm has.

use serde_json::json;
use tests::{Person, facts::tell, identity::memberships};

use super::state::{assert_same, known, later, start_with, sweep, sweep_failing};

/// Keycloak reports a user of an external user store as not found while that store is disabled.
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
    // This user is no sign that the realm is the right one.
    server.realm(|realm| realm.users.clear());
    let said = sweep_failing(&setup, &[]);
    assert!(said.contains("3 of 3 users"), "{said}");
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
