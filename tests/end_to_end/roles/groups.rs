//! Groups that give roles: which of an identity provider's groups a role's path stands for.

use serde_json::{Value, json};
use tests::{GroupTree, Setup, TestDatabase, policies::find};

/// Asserts which roles a subject holds in an organization, and through which groups.
#[track_caller]
fn given(database: &TestDatabase, organization: &str, subject: &str) -> Vec<(String, String)> {
    let policy = find(database, organization, &[subject]).remove(0);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let assignments = policy["assignments"].as_array().unwrap().iter();
    let given = assignments.filter_map(|one| Some((text(&one["role"])?, text(&one["by_group"])?)));
    given.collect()
}

#[track_caller]
fn check(database: &TestDatabase, organization: &str, subject: &str, expected: &[(&str, &str)]) {
    let given = given(database, organization, subject);
    let given: Vec<_> = given
        .iter()
        .map(|(role, group)| (role.as_str(), group.as_str()))
        .collect();
    assert_eq!(given, expected, "{subject} in {organization}");
}

#[test]
fn a_group_is_the_one_at_its_path_and_no_other() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut tree = GroupTree::of(database);
    tree.role("acme", "in-parent", false, &["/editors"]);
    tree.role("acme", "in-child", false, &["/editors/chief"]);
    tree.role("acme", "in-slash", false, &["/editors~/chief"]);
    tree.role("acme", "in-tilde", false, &["/~~~/"]);
    tree.role("acme", "in-top-chief", false, &["/chief"]);
    tree.group("parent", None, "editors");
    tree.group("child", Some("parent"), "chief");
    tree.group("slash", None, "editors/chief");
    tree.group("tilde", None, "~/");
    for (group, role, path) in [
        ("parent", "in-parent", "/editors"),
        ("child", "in-child", "/editors/chief"),
        ("slash", "in-slash", "/editors~/chief"),
        ("tilde", "in-tilde", "/~~~/"),
    ] {
        tree.join("alice", group);
        check(database, "acme", "alice", &[(role, path)]);
        tree.leave("alice", group);
        check(database, "acme", "alice", &[]);
    }
}

#[test]
fn groups_count_as_they_are_called_and_placed_now() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut tree = GroupTree::of(database);
    tree.role("acme", "chief", false, &["/editors/chief", "/staff/chief"]);
    tree.group("editors", None, "editors");
    tree.group("staff", None, "staff");
    tree.group("g", Some("editors"), "chief");
    tree.join("alice", "g");
    let chief = |path| [("chief", path)];
    check(database, "acme", "alice", &chief("/editors/chief"));
    // The group is renamed, and so is its parent.
    tree.run("UPDATE shell.groups SET name = 'head' WHERE external_id = 'g'");
    check(database, "acme", "alice", &[]);
    tree.run("UPDATE shell.groups SET name = 'chief' WHERE external_id = 'g'");
    tree.run("UPDATE shell.groups SET name = 'writers' WHERE external_id = 'editors'");
    check(database, "acme", "alice", &[]);
    // The group is moved.
    tree.run("UPDATE shell.groups SET parent_external_id = 'staff' WHERE external_id = 'g'");
    check(database, "acme", "alice", &chief("/staff/chief"));
    for statement in [
        // Its parent is deleted; has no name yet; is unknown; is in a cycle; has no place yet.
        "UPDATE shell.groups SET is_deleted = true WHERE external_id = 'staff'",
        "UPDATE shell.groups SET name = NULL WHERE external_id = 'staff'",
        "DELETE FROM shell.groups WHERE external_id = 'staff'",
        "UPDATE shell.groups SET parent_external_id = 'g' WHERE external_id = 'staff'",
        "UPDATE shell.groups SET told = '{}' WHERE external_id = 'staff'",
        // The group itself is deleted.
        "UPDATE shell.groups SET is_deleted = true WHERE external_id = 'g'",
    ] {
        tree.run(&format!(
            "CREATE TABLE shell.kept AS TABLE shell.groups; {statement}"
        ));
        check(database, "acme", "alice", &[]);
        tree.run(
            "DELETE FROM shell.groups; INSERT INTO shell.groups TABLE shell.kept; DROP TABLE shell.kept",
        );
        check(database, "acme", "alice", &chief("/staff/chief"));
    }
}

#[test]
fn no_more_than_32_groups_lie_in_each_other() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut tree = GroupTree::of(database);
    for depth in 1..=33 {
        let parent = (depth > 1).then(|| format!("g{}", depth - 1));
        tree.group(&format!("g{depth}"), parent.as_deref(), "g");
    }
    let paths = [32, 33].map(|depth| "/g".repeat(depth));
    tree.role("acme", "deep", false, &paths.each_ref().map(String::as_str));
    tree.join("alice", "g33");
    check(database, "acme", "alice", &[]);
    tree.join("alice", "g32");
    check(database, "acme", "alice", &[("deep", &paths[0])]);
}

#[test]
fn a_realms_groups_count_where_the_user_is_a_member() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut tree = GroupTree::of(database);
    tree.role("platform", "guest", true, &["/staff"]);
    tree.role("acme", "own", false, &["/staff"]);
    tree.group("staff", None, "staff");
    for user in ["alice", "carol", "nobody"] {
        tree.join(user, "staff");
    }
    let guest = ("guest", "/staff");
    check(database, "acme", "alice", &[guest, ("own", "/staff")]);
    check(database, "globex", "carol", &[guest]);
    // Members of another organization, and an unknown subject.
    check(database, "globex", "alice", &[]);
    check(database, "acme", "carol", &[]);
    check(database, "acme", "nobody", &[]);
}

#[test]
fn a_group_within_an_organization_counts_there_alone() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut tree = GroupTree::of(database);
    tree.run("UPDATE shell.organizations SET external_id = slug || '-id'");
    // A user who is a member of both.
    tree.run(
        "INSERT INTO shell.memberships (organization_id, user_id)
         SELECT o.id, u.id FROM shell.organizations o, shell.users u
         WHERE o.slug = 'globex' AND u.external_id = 'alice'",
    );
    tree.role("platform", "guest", true, &["organization:/board"]);
    tree.role("acme", "chair", false, &["organization:/board/chair"]);
    tree.role("acme", "realm", false, &["/board", "/organization:/board"]);
    tree.group_of("acme-id", "board", None, "board");
    tree.group_of("acme-id", "chair", Some("board"), "chair");
    tree.group_of("globex-id", "others", None, "board");
    tree.join("alice", "chair");
    check(
        database,
        "acme",
        "alice",
        &[("chair", "organization:/board/chair")],
    );
    check(database, "globex", "alice", &[]);
    tree.join("alice", "others");
    let guest = [("guest", "organization:/board")];
    check(database, "globex", "alice", &guest);
    tree.leave("alice", "chair");
    check(database, "acme", "alice", &[]);
    // An organization that no longer has the same id at the provider.
    tree.run("UPDATE shell.organizations SET external_id = 'new' WHERE slug = 'globex'");
    check(database, "globex", "alice", &[]);
}

#[test]
fn what_a_group_gives_inherits_and_has_no_end() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut tree = GroupTree::of(database);
    tree.run("UPDATE shell.roles SET groups = '{/b,/a}' WHERE slug = 'editor'");
    tree.group("a", None, "a");
    tree.group("b", None, "b");
    tree.run(
        "INSERT INTO shell.role_assignments (organization_id, subject, role, role_organization_id, valid_until)
         SELECT o.id, 'bob', 'editor', o.id, '2020-01-01T00:00:00Z' FROM shell.organizations o
         WHERE o.slug = 'acme'",
    );
    tree.join("bob", "b");
    tree.join("bob", "a");
    let bob = find(database, "acme", &["bob"]).remove(0);
    assert_eq!(
        bob["assignments"],
        json!([
            {"role": "editor", "until": 1_577_836_800_000_000_i64, "by_group": null},
            {"role": "editor", "until": null, "by_group": "/a"},
            {"role": "viewer", "until": null, "by_group": null},
        ])
    );
    assert_eq!(bob["inherits"], json!([["editor", "viewer"]]));
}
