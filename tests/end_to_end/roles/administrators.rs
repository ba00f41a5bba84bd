//! An organization keeps an administrator: neither a route nor a seeding run can remove the last one.

use serde_json::{Value, json};
use tests::{Folder, Shell};

#[test]
fn the_last_administrator_stays() {
    let shell = Shell::start();
    let member = |method: &str, user: &str, body: Option<Value>| {
        let path = format!("/v1/roles/admin/members/{user}");
        let request = shell.platform(method, &path);
        let request = request.header("shell-organization", "acme");
        match body {
            Some(body) => request.json(&body).send(),
            None => request.send(),
        }
    };
    let ending = json!({"valid_until": "2030-01-01T00:00:00Z"});
    member("DELETE", "admin", None).expect_problem(409, "last-administrator");
    member("PUT", "admin", Some(ending.clone())).expect_problem(409, "last-administrator");
    // An administrator whose assignment ends does not count.
    member("PUT", "bob", Some(ending)).expect(201);
    member("DELETE", "admin", None).expect_problem(409, "last-administrator");
    member("PUT", "alice", Some(json!({}))).expect(201);
    member("DELETE", "admin", None).expect(204);
    member("DELETE", "alice", None).expect_problem(409, "last-administrator");
    member("DELETE", "bob", None).expect(204);
    // In platform, its own role counts too, and its permissions cannot be removed either.
    let path = "/v1/roles/platform-admin";
    let member = [path, "/members/admin"].concat();
    let last = shell.platform("DELETE", &member).send();
    last.expect_problem(409, "last-administrator");
    let emptied = json!({"name": "Platform administrator", "permissions": []});
    let emptied = shell.platform("PUT", path).json(&emptied).send();
    emptied.expect_problem(409, "global-role");
    let deleted = shell.platform("DELETE", path).send();
    deleted.expect_problem(409, "global-role");
}

#[test]
fn whose_role_does_not_count_is_no_administrator() {
    let shell = Shell::start();
    let member = |method: &str, user: &str| {
        let path = format!("/v1/roles/admin/members/{user}");
        let request = shell.platform(method, &path);
        request.header("shell-organization", "acme")
    };
    // A person of the provider who is not a member, and an unknown subject.
    member("PUT", "carol").json(&json!({})).send().expect(201);
    let last = member("DELETE", "admin").send();
    last.expect_problem(409, "last-administrator");
    member("DELETE", "carol").send().expect(204);
    member("PUT", "svc-new").json(&json!({})).send().expect(201);
    member("DELETE", "admin").send().expect(204);
    let last = member("DELETE", "svc-new").send();
    last.expect_problem(409, "last-administrator");
}

#[test]
fn of_two_who_take_each_other_the_role_one_stays() {
    let shell = Shell::start();
    let path = |user: &str| format!("/v1/roles/admin/members/{user}");
    let send = |method: &str, user: &str| {
        let request = shell.platform(method, &path(user));
        let request = request.header("shell-organization", "acme");
        if method == "PUT" {
            request.json(&json!({})).send().status
        } else {
            request.send().status
        }
    };
    for _ in 0..10 {
        assert!(matches!(send("PUT", "admin"), 200 | 201));
        assert!(matches!(send("PUT", "alice"), 200 | 201));
        let mut statuses = std::thread::scope(|scope| {
            let both = ["admin", "alice"].map(|user| scope.spawn(move || send("DELETE", user)));
            both.map(|one| one.join().unwrap())
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409]);
    }
}

const ASSIGNMENTS: &str = "organization,username,role,valid_until\n";

#[test]
fn seeding_ends_no_last_administrators_assignment() {
    let shell = Shell::start();
    let seed = |rows: &str, arguments: &[&str]| {
        let text = format!("{ASSIGNMENTS}{rows}");
        let folder = Folder::of(
            &shell.setup().environment,
            &[("role_assignments.csv", &text)],
        );
        shell.setup().job("seed", Some(&folder), arguments)
    };
    let ending = "acme,admin,admin,2030-01-01T00:00:00Z\nglobex,admin,admin,2030-01-01T00:00:00Z\n";
    let error = seed(ending, &["--update"]).unwrap_err();
    for (line, organization) in [(2, "acme"), (3, "globex")] {
        let fault = format!(
            "role_assignments.csv:{line}:valid_until: an end for the last administrator of {organization}, expected \
             another administrator without an end"
        );
        assert!(error.contains(&fault), "{error}");
    }
    assert!(error.contains("2 errors; nothing was written"), "{error}");
    // Without --update, nothing changes.
    seed(ending, &[]).unwrap();
    let with_others = format!("{ending}acme,alice,admin,\nglobex,carol,admin,\n");
    let said = seed(&with_others, &["--update"]).unwrap();
    assert!(said.contains("4 rows, 2 added, 2 changed"), "{said}");
    // In platform, its own role counts too.
    let of_platform = "platform,admin,platform-admin,2030-01-01T00:00:00Z\n";
    let error = seed(of_platform, &["--update"]).unwrap_err();
    assert!(
        error.contains("the last administrator of platform"),
        "{error}"
    );
}

#[test]
fn of_a_seeding_run_and_a_route_one_takes_an_administrator() {
    let shell = Shell::start();
    let member = |method: &str, user: &str| {
        let path = format!("/v1/roles/admin/members/{user}");
        let request = shell.platform(method, &path);
        let request = request.header("shell-organization", "acme");
        if method == "PUT" {
            request.json(&json!({})).send().status
        } else {
            request.send().status
        }
    };
    let text = format!("{ASSIGNMENTS}acme,admin,admin,2030-01-01T00:00:00Z\n");
    let folder = Folder::of(
        &shell.setup().environment,
        &[("role_assignments.csv", &text)],
    );
    for _ in 0..4 {
        assert!(matches!(member("PUT", "admin"), 200 | 201));
        assert!(matches!(member("PUT", "alice"), 200 | 201));
        let (seeded, removed) = std::thread::scope(|scope| {
            let seed = || shell.setup().job("seed", Some(&folder), &["--update"]);
            let seeded = scope.spawn(seed);
            let removed = member("DELETE", "alice");
            (seeded.join().unwrap(), removed)
        });
        match (removed, seeded.is_ok()) {
            (204, false) | (409, true) => {}
            both => panic!("{both:?}"),
        }
    }
}
