//! Groups that give roles, through the routes: the groups that a role may name, the effect on the next decision, and
//! who sees through which group a role is held.

use serde_json::{Value, json};
use tests::{
    GroupTree, Setup, Shell,
    decisions::{check, explain, question},
    on_behalf::get,
    searches::{SUBJECTS, names},
};

use super::administering::{line, put};

/// A Shell with the group `/editors/chief`, whose only member is bob.
fn with_chiefs() -> Shell {
    let setup = Setup::seeded();
    let mut tree = GroupTree::of(setup.database());
    tree.group("editors", None, "editors");
    tree.group("chief", Some("editors"), "chief");
    tree.join("bob", "chief");
    setup.start()
}

fn signer(groups: &[&str]) -> Value {
    json!({"name": "Signer", "groups": groups, "permissions": [line("sign")]})
}

#[test]
fn a_roles_groups_count_from_the_next_decision_on() {
    let shell = with_chiefs();
    put(&shell, "acme", "signer", &signer(&["/editors"])).expect(201);
    check(&shell, "bob", "sign", false);
    put(&shell, "acme", "signer", &signer(&["/editors/chief"])).expect(200);
    check(&shell, "bob", "sign", true);
    check(&shell, "alice", "sign", false);
    let role = get(&shell, "acme", "/v1/roles/signer").json();
    assert_eq!(role["groups"], json!(["/editors/chief"]));
    put(&shell, "acme", "signer", &signer(&[])).expect(200);
    check(&shell, "bob", "sign", false);
}

#[test]
fn what_is_no_path_of_a_group_is_a_fault() {
    let shell = Shell::start();
    let long = format!("/{}", "x".repeat(1_000));
    let groups = [
        "/a",
        "editors",
        "/a//b",
        "/a~b",
        "organization:board",
        &long,
    ];
    let answer = put(&shell, "acme", "signer", &signer(&groups));
    let answer = answer.expect_problem(422, "invalid-fields");
    let expected = [1, 2, 3, 4, 5].map(|index| format!("/groups/{index}"));
    assert_eq!(answer.pointers(), expected);
    let detail = answer.json()["errors"][2]["detail"].clone();
    assert!(
        detail.as_str().unwrap().contains("~~ for a tilde"),
        "{detail}"
    );
    // Two paths with the same text in Keycloak's notation are different here.
    let groups = ["/editors/chief", "/editors~/chief", "organization:/editors"];
    put(&shell, "acme", "signer", &signer(&groups)).expect(201);
}

#[test]
fn lists_explanations_and_searches_have_the_group() {
    let shell = with_chiefs();
    let content = json!({"name": "Chief", "groups": ["/editors/chief"], "inherits": ["editor"]});
    put(&shell, "acme", "chief", &content).expect(201);
    let roles = get(&shell, "acme", "/v1/users/bob/roles").json();
    assert_eq!(
        roles["items"],
        json!([
            {"role": "chief", "is_global": false, "is_assigned": false, "valid_until": null,
                "by_groups": ["/editors/chief"]},
            {"role": "viewer", "is_global": false, "is_assigned": true, "valid_until": null, "by_groups": []},
        ])
    );
    let page = get(&shell, "acme", "/v1/users/bob/roles?limit=1").json();
    assert_eq!(page["items"][0]["role"], "chief");
    let next = page["next_cursor"].as_str().unwrap();
    let next = format!("/v1/users/bob/roles?cursor={next}");
    assert_eq!(
        get(&shell, "acme", &next).json()["items"][0]["role"],
        "viewer"
    );
    // Only the users whom the role was assigned to.
    let members = get(&shell, "acme", "/v1/roles/chief/members").json();
    assert_eq!(members["items"], json!([]));

    let answer = explain(&shell, &question("bob", "write"));
    assert_eq!(
        answer["reason"],
        "the role editor allows write on document:*; bob holds it through chief by the group /editors/chief"
    );
    let way =
        |path: &[&str]| json!({"path": path, "valid_until": null, "by_group": "/editors/chief"});
    assert_eq!(
        answer["roles"],
        json!([
            {"role": "chief", "ways": [way(&["chief"])]},
            {"role": "editor", "ways": [way(&["chief", "editor"])]},
            {"role": "viewer", "ways": [
                {"path": ["viewer"], "valid_until": null}, way(&["chief", "editor", "viewer"])]},
        ])
    );
    let mut asked = question("bob", "write");
    asked["subject"] = json!({"type": "user"});
    let found = shell.request("POST", SUBJECTS).by("platform", "svc-drive");
    let found = found
        .header("shell-organization", "acme")
        .json(&asked)
        .send();
    assert_eq!(names(&found, "id"), ["admin", "alice", "bob"]);
}

#[test]
fn an_administrator_by_a_group_is_one() {
    let setup = Setup::seeded();
    let mut tree = GroupTree::of(setup.database());
    tree.run("UPDATE shell.roles SET groups = '{/staff}' WHERE is_global AND slug = 'admin'");
    tree.group("staff", None, "staff");
    // She is not a member of acme.
    tree.join("carol", "staff");
    let shell = setup.start();
    let member = |method: &str| {
        let request = shell.platform(method, "/v1/roles/admin/members/admin");
        request.header("shell-organization", "acme")
    };
    member("DELETE")
        .send()
        .expect_problem(409, "last-administrator");
    tree.join("alice", "staff");
    tree.run("UPDATE shell.users SET is_enabled = false WHERE external_id = 'alice'");
    member("DELETE")
        .send()
        .expect_problem(409, "last-administrator");
    tree.run("UPDATE shell.users SET is_enabled = true WHERE external_id = 'alice'");
    member("DELETE").send().expect(204);
    // An administrator whose assignment ends still is one through the group.
    let ending = json!({"valid_until": "2030-01-01T00:00:00Z"});
    member("PUT").json(&ending).send().expect(201);
    tree.join("admin", "staff");
    tree.leave("alice", "staff");
    member("PUT").json(&json!({})).send().expect(200);
    member("DELETE").send().expect(204);
}

#[test]
fn a_policy_is_exported_with_what_groups_give() {
    let setup = Setup::seeded();
    let mut tree = GroupTree::of(setup.database());
    tree.run("UPDATE shell.roles SET groups = '{/editors}' WHERE slug IN ('editor', 'viewer')");
    tree.run("UPDATE shell.role_assignments SET valid_until = '2099-01-01' WHERE subject = 'bob'");
    tree.group("editors", None, "editors");
    for user in ["bob", "carol", "nobody"] {
        tree.join(user, "editors");
    }
    let (policy, said) = setup.export("acme");
    let policy = policy.unwrap_or_else(|| panic!("{said}"));
    let held: Vec<_> = policy
        .lines()
        .filter(|line| line.starts_with("g, user:"))
        .collect();
    assert_eq!(
        held,
        [
            "g, user:admin, role:admin",
            "g, user:alice, role:editor",
            "g, user:bob, role:editor",
            "g, user:bob, role:viewer",
        ]
    );
    assert!(!said.contains("2099"), "{said}");
}
