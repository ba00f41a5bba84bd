//! The list of revocations in force.

use serde_json::json;
use tests::Shell;

use super::{
    cutting_off::{ACME, PLATFORM, REVOCATIONS, add, age, items, list, values},
    revoking::revoke,
};

#[test]
fn those_in_force_are_listed_the_newest_first() {
    let mut shell = Shell::start();
    let mut added = Vec::new();
    for number in 0..5 {
        let session = format!("s{number}");
        add(&shell, ACME, &json!({ "session": session })).expect(201);
        added.insert(0, session);
    }
    assert_eq!(values(&list(&shell, ACME, "").expect(200)), added);
    let mut walked = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = list(&shell, ACME, &query).expect(200);
        walked.push(values(&page));
        let Some(cursor) = page.json()["next_cursor"].as_str().map(str::to_owned) else {
            break;
        };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!((walked.len(), walked.concat()), (3, added));
    let tag = list(&shell, ACME, "").tag();
    let request = shell.get(REVOCATIONS).by("acme", "admin");
    request.header("if-none-match", tag).send().expect(304);

    // A token that its holder revoked is refused everywhere, and platform's list has it, by its hash.
    revoke(&shell, &shell.token("acme", "alice"));
    let listed = items(&list(&shell, PLATFORM, "").expect(200));
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(
        (&listed[0]["kind"], &listed[0]["source"]),
        (&json!("token"), &json!("holder"))
    );
    assert_eq!(listed[0]["value"].as_str().unwrap().len(), 64);
    assert_eq!(items(&list(&shell, ACME, "").expect(200)).len(), 5);

    // No token lives longer than a day.
    age(&mut shell, 86_399);
    assert_eq!(items(&list(&shell, ACME, "").expect(200)).len(), 5);
    age(&mut shell, 86_401);
    assert_eq!(items(&list(&shell, ACME, "").expect(200)).len(), 0);
}
