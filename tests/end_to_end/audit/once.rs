//! Idempotency: a retry gets the first answer, and is not recorded again.

use std::{sync::Barrier, thread};

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    audit::{PATH, append, append_once, count, event, identified, ids, new_id, read, with},
};

const ACTION: &str = "file.read";

#[test]
fn an_id_that_is_sent_again() {
    let shell = Shell::start();
    let id = new_id();
    let first = append(&shell, &identified(&id)).expect(201);
    let again = append(&shell, &identified(&id)).expect(201);
    assert_eq!(again.body, first.body);
    // The same event written differently.
    let words = format!(
        r#"{{ "outcome":"success", "id":"{}", "actor":{{"id":"alice","type":"user"}}, "action":"file.read", "targets":[] }}"#,
        id.to_uppercase()
    );
    let request = shell.request("POST", PATH).by("acme", "alice");
    let again = request.body("application/json", words).send().expect(201);
    assert_eq!(again.body, first.body);
    assert_eq!(count(&shell, ACTION), 1);

    let mut other = identified(&id);
    other["outcome"] = json!("failure");
    let answer = append(&shell, &other).expect_problem(409, "id-reused");
    assert_eq!(answer.pointers(), ["/id"]);
    // By another caller: with another actor, it is another event.
    let request = shell.request("POST", PATH).by("acme", "bob");
    let answer = request.json(&identified(&id)).send();
    answer.expect_problem(409, "id-reused");
    assert_eq!(count(&shell, ACTION), 1);
}

#[test]
fn known_ids_among_new_ones() {
    let shell = Shell::start();
    let (known, new) = (new_id(), new_id());
    let first = append(&shell, &identified(&known)).expect(201).json();
    let mixed = json!([identified(&new), event(), identified(&known)]);
    let answer = append(&shell, &mixed).expect(201).json();
    let answer = answer.as_array().unwrap();
    assert_eq!(answer[2], first);
    assert_eq!(answer[0]["id"], new.as_str());
    assert_eq!(count(&shell, ACTION), 3);

    let mut other = identified(&known);
    other["metadata"] = json!({"more": true});
    let mixed = json!([event(), other, identified(&new_id()), identified(&new)]);
    let answer = append(&shell, &mixed).expect_problem(409, "id-reused");
    assert_eq!(answer.pointers(), ["/1/id"]);
    assert_eq!(count(&shell, ACTION), 3);

    let twice = json!([identified(&known), event(), identified(&known)]);
    let answer = append(&shell, &twice).expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), ["/2/id"]);
}

#[test]
fn an_id_that_the_shell_made_is_taken() {
    let shell = Shell::start();
    let recorded = append(&shell, &event()).expect(201).json();
    let id = recorded["id"].as_str().unwrap();
    let answer = append(&shell, &with("id", json!(id)));
    answer.expect_problem(409, "id-reused");
    assert_eq!(count(&shell, ACTION), 1);
}

#[test]
fn a_key_that_is_sent_again() {
    let shell = Shell::start();
    let longest = "k".repeat(255);
    let batch = json!([event(), with("metadata", json!({"a": 1}))]);
    for (key, body) in [("7", event()), (longest.as_str(), batch.clone())] {
        let first = append_once(&shell, key, &body).expect(201);
        let again = append_once(&shell, key, &body).expect(201);
        assert_eq!(again.body, first.body);
    }
    assert_eq!(count(&shell, ACTION), 3);
    for other in [json!([event()]), batch, with("outcome", json!("denied"))] {
        append_once(&shell, "7", &other).expect_problem(409, "key-reused");
    }
    append_once(&shell, "8", &event()).expect(201);
    assert_eq!(count(&shell, ACTION), 4);
}

#[test]
fn a_key_that_cannot_be_used() {
    let shell = Shell::start();
    for key in ["", "a b", &"k".repeat(256)] {
        let answer = append_once(&shell, key, &event());
        answer.expect_problem(400, "invalid-idempotency-key");
    }
    let request = shell.request("POST", PATH).by("acme", "alice");
    let request = request.header("idempotency-key", "a");
    let twice = request.header("idempotency-key", "a").json(&event()).send();
    twice.expect_problem(400, "invalid-idempotency-key");
    assert_eq!(count(&shell, ACTION), 0);
}

#[test]
fn a_call_that_was_refused_leaves_its_key_and_ids_free() {
    let shell = Shell::start();
    let (known, new) = (new_id(), new_id());
    append(&shell, &identified(&known)).expect(201);
    let mut other = identified(&known);
    other["outcome"] = json!("failure");
    let refused = json!([identified(&new), other]);
    append_once(&shell, "7", &refused).expect_problem(409, "id-reused");
    append_once(&shell, "7", &with("outcome", json!(1))).expect(422);
    append_once(
        &shell,
        "7",
        &with("actor", json!({"type": "user", "id": "bob"})),
    )
    .expect(403);
    let mut changed = identified(&new);
    changed["outcome"] = json!("denied");
    append_once(&shell, "7", &changed).expect(201);
    assert_eq!(count(&shell, ACTION), 2);
}

#[test]
fn keys_of_two_callers_and_ids_of_two_organizations_do_not_meet() {
    let shell = Shell::start();
    let id = new_id();
    let mut answers = Vec::new();
    for (organization, subject, acting) in [
        ("acme", "alice", None),
        ("acme", "bob", None),
        ("globex", "alice", None),
        ("platform", "admin", None),
        ("platform", "admin", Some("acme")),
        ("platform", "admin", Some("globex")),
    ] {
        let request = shell.request("POST", PATH).by(organization, subject);
        let request = request.header("idempotency-key", "7");
        let request = match acting {
            Some(acting) => request.header("shell-organization", acting),
            None => request,
        };
        let answer = request.json(&with("metadata", json!({"by": answers.len()})));
        answers.push(answer.send().expect(201).json());
    }
    let mut all = ids(&answers);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 6);
    for organization in ["acme", "globex", "platform"] {
        let request = shell.request("POST", PATH).by(organization, "alice");
        let body = with("id", json!(id));
        let recorded = request.json(&body).send().expect(201).json();
        assert_eq!(recorded["id"], id.as_str());
    }
    assert_eq!(count(&shell, ACTION), 9);
}

fn all_at_once(senders: usize, send: impl Fn(usize) -> Answer + Sync) -> Vec<Value> {
    let barrier = Barrier::new(senders);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..senders)
            .map(|number| {
                let (barrier, send) = (&barrier, &send);
                scope.spawn(move || {
                    barrier.wait();
                    send(number).expect(201).json()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

#[test]
fn many_at_once_with_one_id_or_one_key() {
    let shell = Shell::start();
    for _ in 0..5 {
        let (one, other, key) = (new_id(), new_id(), new_id());
        let before = count(&shell, ACTION);
        let answers = all_at_once(16, |_| append(&shell, &identified(&one)));
        assert!(
            answers.windows(2).all(|two| two[0] == two[1]),
            "{answers:?}"
        );
        assert_eq!(count(&shell, ACTION), before + 1);

        let body = with("metadata", json!({"key": key}));
        let answers = all_at_once(16, |_| append_once(&shell, &key, &body));
        assert!(
            answers.windows(2).all(|two| two[0] == two[1]),
            "{answers:?}"
        );
        assert_eq!(count(&shell, ACTION), before + 2);

        // The same ids in another order must not deadlock.
        let (third, fourth) = (new_id(), new_id());
        let answers = all_at_once(16, |number| {
            let mut events = [&other, &third, &fourth].map(|id| identified(id));
            events.rotate_left(number % 3);
            append(&shell, &json!(events))
        });
        let sorted = answers.iter().map(|answer| {
            let mut recorded: Vec<_> = answer
                .as_array()
                .unwrap()
                .iter()
                .map(Value::to_string)
                .collect();
            recorded.sort_unstable();
            recorded
        });
        let sorted: Vec<_> = sorted.collect();
        assert!(sorted.windows(2).all(|two| two[0] == two[1]), "{sorted:?}");
        assert_eq!(count(&shell, ACTION), before + 5);
    }
}

#[test]
fn after_the_purge_a_repeat_is_a_new_event() {
    let shell = Shell::start();
    let id = "3f2b1c1e-8d4a-4f0e-9c57-2b6f4d1a7e90";
    let first = append_once(&shell, "7", &identified(id)).expect(201);
    let age = |days: i32| {
        let statement = format!(
            "UPDATE shell.audit_ids SET created_at = now() - interval '{days} days';
             UPDATE shell.audit_keys SET created_at = now() - interval '{days} days'"
        );
        let mut superuser = shell.database().as_superuser();
        superuser.batch_execute(&statement).unwrap();
        let mut owner = shell.database().as_owner();
        let query = "SELECT shell.purge_audit_ids(1000)";
        owner.query_one(query, &[]).unwrap();
    };
    age(34);
    let again = append_once(&shell, "7", &identified(id)).expect(201);
    assert_eq!(again.body, first.body);
    age(36);
    let anew = append_once(&shell, "7", &identified(id)).expect(201);
    assert_ne!(anew.body, first.body);
    assert_eq!(count(&shell, ACTION), 2);
    // Of the two with this id, the newer one is returned.
    let read = read(&shell, "acme", &format!("/{id}")).expect(200);
    assert_eq!(read.json()["created_at"], anew.json()["created_at"]);
}
