//! Names in tokens that are ambiguous, invalid, or used concurrently.

use std::thread;

use serde_json::json;
use tests::Setup;

use super::naming::{Named, alias, both, events, identified, kept, name};

#[test]
fn a_token_that_contradicts_itself_teaches_nothing_doubtful() {
    let setup = Setup::seeded();
    let database = setup.database();
    // One alias with two identifiers: neither of them is learned.
    let two = json!([{"alias": "acme", "id": "id-1"}, {"alias": "acme", "id": "id-2"}, {"alias": "acme"}]);
    assert_eq!(name(database, &two).organization, None);
    assert_eq!(kept(database, "acme"), (None, true));
    // One identifier with two aliases: of whichever organization it is, the other alias is not that one's.
    database
        .as_superuser()
        .execute("UPDATE shell.organizations SET alias_voided_at = NULL", &[])
        .unwrap();
    let same = json!([{"alias": "globex", "id": "id-1"}, {"alias": "acme", "id": "id-1"}]);
    let named = name(database, &same);
    assert_eq!(named.organization, Some(database.organization("acme")));
    assert_eq!(kept(database, "acme"), identified("id-1"));
    assert_eq!(kept(database, "globex"), (None, true));
}

#[test]
fn what_can_be_no_identifier_is_known_to_nobody() {
    let setup = Setup::seeded();
    let database = setup.database();
    for id in [
        "",
        "a\nb",
        "a\u{7f}",
        "\u{9f}",
        &"x".repeat(256),
        &"x".repeat(1_000_000),
    ] {
        assert_eq!(
            name(database, &both("acme", id)),
            Named::refused("no_organization"),
            "{id:.9}"
        );
    }
    assert_eq!(kept(database, "acme"), (None, false));
    let longest = "é".repeat(255);
    name(database, &both("acme", &longest));
    assert_eq!(kept(database, "acme"), identified(&longest));

    let many: Vec<_> = (0..20_000)
        .map(|number| json!({"alias": format!("a{number}"), "id": format!("b{number}")}))
        .collect();
    assert_eq!(
        name(database, &json!(many)),
        Named::refused("no_organization")
    );
    assert_eq!(
        name(database, &json!([{}])),
        Named::refused("no_organization")
    );
}

#[test]
fn two_at_once_learn_one_identifier() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut superuser = database.as_superuser();
    let mut lock = superuser.transaction().unwrap();
    lock.query("SELECT shell.lock_changes()", &[]).unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let named: Vec<_> = thread::scope(|scope| {
        let asking: Vec<_> = ["id-1", "id-1", "id-1", "id-1"]
            .map(|id| scope.spawn(move || name(database, &both("acme", id))))
            .into_iter()
            .collect();
        let mut watcher = database.as_superuser();
        while watcher.query_one(waiting, &[]).unwrap().get::<_, i64>(0) < 4 {
            thread::yield_now();
        }
        lock.commit().unwrap();
        asking
            .into_iter()
            .map(|asking| asking.join().unwrap())
            .collect()
    });
    let acme = Some(database.organization("acme"));
    assert!(
        named.iter().all(|named| named.organization == acme),
        "{named:?}"
    );
    assert_eq!(named.iter().filter(|named| named.tells).count(), 1);
    assert_eq!(kept(database, "acme"), identified("id-1"));
    assert_eq!(events(database).len(), 1);
}

#[test]
fn of_two_identifiers_at_once_one_is_learned_and_the_alias_is_void() {
    let setup = Setup::seeded();
    let database = setup.database();
    thread::scope(|scope| {
        for id in ["id-1", "id-2"] {
            scope.spawn(move || name(database, &both("acme", id)));
        }
    });
    let (external_id, is_void) = kept(database, "acme");
    let external_id = external_id.unwrap();
    assert!(is_void && ["id-1", "id-2"].contains(&external_id.as_str()));
    let named = name(database, &both("acme", &external_id));
    assert_eq!(named.organization, Some(database.organization("acme")));
    assert_eq!(name(database, &alias("acme")).organization, None);
}

#[test]
fn nothing_is_seen_afterwards() {
    let setup = Setup::seeded();
    let mut runtime = setup.database().as_runtime();
    let mut transaction = runtime.transaction().unwrap();
    let query = "SELECT organization_id FROM shell.name_organization('default', $1, NULL)";
    transaction
        .query_one(query, &[&both("acme", "id-1")])
        .unwrap();
    let seen = "SELECT count(*) FROM shell.organizations";
    assert_eq!(
        transaction.query_one(seen, &[]).unwrap().get::<_, i64>(0),
        0
    );
}
