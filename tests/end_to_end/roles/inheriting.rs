//! Inheritance of roles: no cycles, and no longer chains than decisions follow, also with concurrent writers.

use std::thread;

use serde_json::json;
use tests::{
    Answer, Shell,
    decisions::check,
    on_behalf::{delete, get},
};

use super::administering::{line, put};

fn inherit(shell: &Shell, role: &str, inherits: &[&str]) -> Answer {
    let content = json!({"name": role, "inherits": inherits});
    put(shell, "acme", role, &content)
}

/// Creates a chain of roles, the first of which inherits the second.
fn row(shell: &Shell, name: &str, count: usize) {
    for number in (1..=count).rev() {
        let next = format!("{name}-{}", number + 1);
        let next: &[&str] = if number < count { &[&next] } else { &[] };
        inherit(shell, &format!("{name}-{number}"), next).expect(201);
    }
}

#[track_caller]
fn refused(answer: Answer, detail: &str) {
    let answer = answer.expect_problem(422, "invalid-fields");
    let errors = answer.json()["errors"].clone();
    assert_eq!(errors, json!([{"pointer": "/inherits", "detail": detail}]));
}

#[test]
fn a_circle_is_named() {
    let shell = Shell::start();
    inherit(&shell, "one", &[]).expect(201);
    inherit(&shell, "two", &["one", "admin"]).expect(201);
    inherit(&shell, "three", &["two"]).expect(201);
    let circle = "the inheritance of roles has a cycle: ";
    refused(
        inherit(&shell, "one", &["one"]),
        &format!("{circle}one > one"),
    );
    refused(
        inherit(&shell, "one", &["viewer", "three"]),
        &format!("{circle}one > three > two > one"),
    );
    refused(
        inherit(&shell, "new", &["new"]),
        &format!("{circle}new > new"),
    );
    // All errors are reported at once.
    let answer = inherit(&shell, "one", &["nobody", "three"]).expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), ["/inherits/0", "/inherits"]);
    // The role's earlier inheritance is ignored.
    inherit(&shell, "three", &[]).expect(200);
    inherit(&shell, "one", &["three"]).expect(200);
}

#[test]
fn nine_in_a_row_count_and_a_tenth_is_refused() {
    let shell = Shell::start();
    row(&shell, "row", 9);
    put(
        &shell,
        "acme",
        "row-9",
        &json!({"name": "Last", "permissions": [line("sign")]}),
    )
    .expect(200);
    let member = "/v1/roles/row-1/members/bob";
    shell
        .platform("PUT", member)
        .header("shell-organization", "acme")
        .send()
        .expect(201);
    check(&shell, "bob", "sign", true);
    let most = "more than 9 roles inherit in a row: ";
    let whole: Vec<_> = (1..=9).map(|number| format!("row-{number}")).collect();
    let whole = whole.join(" > ");
    // Below the chain, above it, and in the middle.
    refused(
        inherit(&shell, "row-9", &["viewer"]),
        &format!("{most}{whole} > viewer"),
    );
    refused(
        inherit(&shell, "row-9", &["admin"]),
        &format!("{most}{whole} > admin"),
    );
    refused(
        inherit(&shell, "top", &["row-1"]),
        &format!("{most}top > {whole}"),
    );
    row(&shell, "side", 5);
    refused(
        inherit(&shell, "row-5", &["side-1"]),
        &format!(
            "{most}row-1 > row-2 > row-3 > row-4 > row-5 > side-1 > side-2 > side-3 > side-4 > side-5"
        ),
    );
    inherit(&shell, "row-5", &["side-2"]).expect(200);
    check(&shell, "bob", "sign", false);
}

#[test]
fn diamonds_are_cheap() {
    let shell = Shell::start();
    let layer = |depth: usize| -> Vec<String> { (0..8).map(|n| format!("d{depth}-{n}")).collect() };
    for depth in (1..=9).rev() {
        let below = if depth < 9 {
            layer(depth + 1)
        } else {
            Vec::new()
        };
        let below: Vec<_> = below.iter().map(String::as_str).collect();
        for role in layer(depth) {
            inherit(&shell, &role, &below).expect(201);
        }
    }
    let answer = inherit(&shell, "top", &["d1-0"]).expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), ["/inherits"]);
    let answer = inherit(&shell, "d9-0", &["viewer"]).expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), ["/inherits"]);
}

/// An invalid stored chain does not prevent its repair, and walks along it end.
#[test]
fn what_is_stored_wrongly_can_be_mended() {
    let shell = Shell::start();
    row(&shell, "row", 3);
    let wrong = "UPDATE shell.roles SET inherits = '{row-1}' WHERE slug = 'row-3'";
    shell
        .database()
        .as_superuser()
        .batch_execute(wrong)
        .unwrap();
    let answer = inherit(&shell, "top", &["row-2"]).expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), ["/inherits"]);
    inherit(&shell, "row-2", &[]).expect(200);
    inherit(&shell, "top", &["row-2"]).expect(201);
}

#[test]
fn two_at_once_make_no_circle() {
    let shell = Shell::start();
    for round in 0..8 {
        let (one, two) = (format!("one-{round}"), format!("two-{round}"));
        inherit(&shell, &one, &[]).expect(201);
        inherit(&shell, &two, &[]).expect(201);
        let mut statuses = thread::scope(|scope| {
            let pairs = [(&one, &two), (&two, &one)];
            let writers = pairs.map(|(role, other)| {
                let shell = &shell;
                scope.spawn(move || inherit(shell, role, &[other.as_str()]).status)
            });
            writers.map(|writer| writer.join().unwrap())
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422]);
    }
}

#[test]
fn two_at_once_make_no_longer_chain() {
    let shell = Shell::start();
    row(&shell, "up", 5);
    row(&shell, "down", 4);
    inherit(&shell, "top", &[]).expect(201);
    for _ in 0..8 {
        let mut statuses = thread::scope(|scope| {
            let pairs = [("up-5", "down-1"), ("top", "up-1")];
            let writers = pairs.map(|(role, other)| {
                let shell = &shell;
                scope.spawn(move || inherit(shell, role, &[other]).status)
            });
            writers.map(|writer| writer.join().unwrap())
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422]);
        inherit(&shell, "up-5", &[]).expect(200);
        inherit(&shell, "top", &[]).expect(200);
    }
}

#[test]
fn a_role_that_others_inherit_stays() {
    let shell = Shell::start();
    put(
        &shell,
        "acme",
        "lead",
        &json!({"name": "L", "inherits": ["viewer"]}),
    )
    .expect(201);
    let answer = delete(&shell, "acme", "/v1/roles/viewer").expect_problem(409, "inherited-role");
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.ends_with(": editor, lead"), "{detail}");
    check(&shell, "bob", "read", true);
    delete(&shell, "acme", "/v1/roles/lead").expect(204);
    delete(&shell, "acme", "/v1/roles/editor").expect(204);
    check(&shell, "alice", "write", false);
    delete(&shell, "acme", "/v1/roles/viewer").expect(204);
    check(&shell, "bob", "read", false);
    let roles = get(&shell, "acme", "/v1/users/alice/roles").expect(200);
    assert_eq!(roles.json()["items"], json!([]));
    // A new role with the same name has no members.
    put(
        &shell,
        "acme",
        "editor",
        &json!({"name": "E", "permissions": [line("write")]}),
    )
    .expect(201);
    check(&shell, "alice", "write", false);
}

/// A role is deleted while another one begins to inherit it: one of the two changes is refused.
#[test]
fn nobody_inherits_what_is_gone() {
    let shell = Shell::start();
    for round in 0..8 {
        inherit(&shell, "base", &[]).expect(201);
        let heir = format!("heir-{round}");
        let (deleted, written) = thread::scope(|scope| {
            let deleting = scope.spawn(|| delete(&shell, "acme", "/v1/roles/base").status);
            let writing = scope.spawn(|| inherit(&shell, &heir, &["base"]).status);
            (deleting.join().unwrap(), writing.join().unwrap())
        });
        assert!(
            matches!((deleted, written), (204, 422) | (409, 201)),
            "{deleted} {written}"
        );
        if written == 201 {
            delete(&shell, "acme", &format!("/v1/roles/{heir}")).expect(204);
            delete(&shell, "acme", "/v1/roles/base").expect(204);
        }
        get(&shell, "acme", "/v1/roles/base").expect(404);
    }
}
