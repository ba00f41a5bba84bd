//! `/v1/users`: the members of an organization, as their identity provider reports them.

use postgres::Client;
use serde_json::{Value, json};
use tests::{
    Answer, Folder, Shell, USERS_HEADER,
    on_behalf::{acting, get},
};

/// An identity provider's data about alice: groups, at any depth and of several kinds, two linked identities, one of
/// which is unlinked again, and a login.
const TOLD: &str = r#"
    INSERT INTO shell.groups (identity_provider_id, external_id, organization_external_id, parent_external_id, name,
      is_deleted, told)
    SELECT p.id, g.*, '{"parent": "000000000000001 a"}' FROM shell.identity_providers p, (VALUES
      ('g1', NULL, NULL, 'editors', false), ('g2', NULL, 'g1', 'chief', false),
      ('g3', NULL, NULL, 'a/b~c', false), ('g4', 'acme-id', NULL, 'board', false),
      ('g5', 'globex-id', NULL, 'board', false), ('g6', NULL, NULL, 'gone', true),
      ('g7', NULL, 'g6', 'below', false), ('g8', NULL, 'g9', 'orphan', false), ('g10', NULL, NULL, NULL, false),
      ('g11', NULL, 'g12', 'round', false), ('g12', NULL, 'g11', 'about', false)
    ) g(external_id, organization, parent, name, is_deleted) WHERE p.slug = 'default';
    INSERT INTO shell.group_members
    SELECT identity_provider_id, 'alice', external_id, external_id <> 'g1', '000000000000001 a' FROM shell.groups;
    INSERT INTO shell.linked_identities
    SELECT p.id, 'alice', l.* FROM shell.identity_providers p, (VALUES
      ('google', '1234', 'alice@gmail.example', true, '000000000000001 a'),
      ('partner', NULL, NULL, true, '000000000000001 a'),
      ('github', NULL, NULL, false, '000000000000001 a')
    ) l WHERE p.slug = 'default';
    UPDATE shell.organizations SET external_id = slug || '-id' WHERE slug IN ('acme', 'globex');
    UPDATE shell.users SET last_login_at = '2026-11-28 12:00:00.5Z' WHERE external_id = 'alice';
    UPDATE shell.users SET is_enabled = false, is_service_account = true WHERE external_id = 'bob'"#;

fn change(database: &mut Client, sql: &str) {
    database.batch_execute(sql).unwrap();
}

/// Adds members to acme, by their rows in users.csv without the organization.
fn seed(shell: &Shell, rows: &[&str]) {
    let rows: String = rows.iter().map(|row| format!("acme,{row}\n")).collect();
    let text = format!("{USERS_HEADER}{rows}");
    let folder = Folder::of(&shell.setup().environment, &[("users.csv", &text)]);
    shell.setup().job("seed", Some(&folder), &[]).unwrap();
}

/// The users on a page.
#[track_caller]
fn users(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let document = answer.json();
    let items = document["items"].as_array().unwrap().iter();
    items
        .map(|item| item["user"].as_str().unwrap().to_owned())
        .collect()
}

/// The users in acme's list, page by page; `between` is called after the first page.
fn walk(shell: &Shell, query: &str, between: impl FnOnce()) -> Vec<String> {
    let mut between = Some(between);
    let mut walked = Vec::new();
    let mut path = format!("/v1/users?{query}");
    loop {
        let page = get(shell, "acme", &path);
        walked.extend(users(&page));
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/users?{query}&cursor={cursor}"),
            None => return walked,
        }
        if let Some(between) = between.take() {
            between();
        }
    }
}

#[test]
fn a_user_is_shown_as_its_provider_has_it() {
    let shell = Shell::start();
    let seeded = json!({"user": "alice", "username": "alice", "email": "alice@acme.example",
        "display_name": "Alice Archer", "provider": "default", "status": "active", "is_service_account": false,
        "groups": [], "linked_identities": [], "last_login_at": null});
    let first = get(&shell, "acme", "/v1/users/alice").expect(200);
    assert_eq!(first.json(), seeded);

    change(&mut shell.database().as_superuser(), TOLD);
    let told = get(&shell, "acme", "/v1/users/alice").expect(200);
    let mut expected = seeded;
    expected["groups"] = json!(["/a~/b~~c", "/editors/chief", "organization:/board"]);
    expected["linked_identities"] = json!([
        {"provider": "google", "user_id": "1234", "username": "alice@gmail.example"},
        {"provider": "partner", "user_id": null, "username": null}]);
    expected["last_login_at"] = json!("2026-11-28T12:00:00.500000Z");
    assert_eq!(told.json(), expected);
    let bob = get(&shell, "acme", "/v1/users/bob").expect(200).json();
    assert_eq!(bob["status"], "disabled");
    assert_eq!(bob["is_service_account"], true);
    let list = get(&shell, "acme", "/v1/users").expect(200).json();
    assert_eq!(list["items"][1], expected);
    assert_eq!(list["items"][2], bob);
    let account = get(&shell, "platform", "/v1/users/svc-drive").json();
    assert_eq!(account["email"], Value::Null);
}

#[test]
fn what_the_caller_has_is_not_sent_again() {
    let shell = Shell::start();
    let known = |path: &str, tag: &str| {
        let request = acting(&shell, "acme", "GET", path);
        request.header("if-none-match", tag).send()
    };
    for path in ["/v1/users", "/v1/users/alice", "/v1/users?query=ALI"] {
        let mut tag = get(&shell, "acme", path).expect(200).tag();
        known(path, &tag).expect(304);
        for sql in [
            "UPDATE shell.users SET display_name = display_name || '!' WHERE external_id = 'alice'",
            "INSERT INTO shell.linked_identities SELECT id, 'alice', 'google', '1', NULL, true, '000000000000001 a'
             FROM shell.identity_providers WHERE slug = 'default'",
            "DELETE FROM shell.linked_identities",
        ] {
            change(&mut shell.database().as_superuser(), sql);
            let changed = known(path, &tag).expect(200);
            assert_ne!(changed.tag(), tag, "{path} {sql}");
            tag = changed.tag();
        }
    }
}

#[test]
fn members_alone_are_shown() {
    let shell = Shell::start();
    assert_eq!(
        users(&get(&shell, "acme", "/v1/users")),
        ["admin", "alice", "bob"]
    );
    assert_eq!(
        users(&get(&shell, "globex", "/v1/users")),
        ["admin", "carol"]
    );
    for (organization, user) in [
        ("acme", "carol"),
        ("globex", "alice"),
        ("acme", "nobody"),
        ("acme", "a%00"),
    ] {
        let path = format!("/v1/users/{user}");
        get(&shell, organization, &path).expect_problem(404, "unknown-user");
    }
    let none = get(&shell, "globex", "/v1/users?query=alice");
    assert_eq!(users(&none), [""; 0]);
}

#[test]
fn oneself_is_read_without_a_right() {
    let shell = Shell::start();
    let read =
        |organization: &str, user: &str, path: &str| shell.get(path).by(organization, user).send();
    read("acme", "bob", "/v1/users/bob").expect(200);
    for path in [
        "/v1/users/alice",
        "/v1/users/nobody",
        "/v1/users",
        "/v1/users?limit=0",
    ] {
        read("acme", "bob", path).expect_problem(403, "forbidden");
    }
    read("acme", "admin", "/v1/users/alice").expect(200);
    read("acme", "nobody", "/v1/users/nobody").expect_problem(404, "unknown-user");
    // Another user has this id elsewhere: a satellite may read it, a user who acts without the right may not.
    let acting = |user: &str, path: &str| {
        let request = shell.get(path).by("platform", user);
        request.header("shell-organization", "acme").send()
    };
    acting("svc-drive", "/v1/users/bob").expect(200);
    acting("bob", "/v1/users/bob").expect_problem(403, "forbidden");
}

#[test]
fn an_identifier_may_have_any_character() {
    let shell = Shell::start();
    seed(&shell, &["eve,,Eve,a/b c%é+,", "mallory,,Mallory,*,"]);
    let eve = get(&shell, "acme", "/v1/users/a%2Fb%20c%25%C3%A9+").expect(200);
    assert_eq!(eve.json()["username"], "eve");
    let mallory = get(&shell, "acme", "/v1/users/%2A").expect(200);
    assert_eq!(mallory.json()["username"], "mallory");
}

#[test]
fn a_walk_shows_everybody_once_while_others_come() {
    let shell = Shell::start();
    let rows: Vec<_> = (10..40).map(|n| format!("user{n},,User,id-{n},")).collect();
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    seed(&shell, &rows);
    let mut all: Vec<_> = ["admin", "alice", "bob"].map(str::to_owned).into();
    all.extend((10..40).map(|n| format!("id-{n}")));
    for limit in [1, 7, 33, 1_000] {
        assert_eq!(walk(&shell, &format!("limit={limit}"), || ()), all);
    }
    // A user who is added before the cursor is not shown, one after it is shown once, and nobody is left out.
    let come = || seed(&shell, &["aaron,,Aaron,aaron,", "zoe,,Zoe,zoe,"]);
    let walked = walk(&shell, "limit=5", come);
    all.push("zoe".to_owned());
    assert_eq!(walked, all);
    let found = walk(&shell, "limit=2&query=user1", || ());
    assert_eq!(
        found,
        (10..20).map(|n| format!("id-{n}")).collect::<Vec<_>>()
    );
}

#[test]
fn a_query_is_part_of_what_somebody_is_called() {
    let shell = Shell::start();
    seed(
        &shell,
        &[
            "percent,100%@acme.example,Pia Percent,p1,",
            r"under_score,u@acme.example,Ulla Größe,p2,",
            r"slash,s@acme.example,Back\slash,p3,",
        ],
    );
    let find = |query: &str| users(&get(&shell, "acme", &format!("/v1/users?query={query}")));
    assert_eq!(find("LICE"), ["alice"]);
    assert_eq!(find("bob%40ACME"), ["bob"]);
    assert_eq!(find("archer"), ["alice"]);
    assert_eq!(find("%25"), ["p1"]);
    assert_eq!(find("_"), ["p2"]);
    assert_eq!(find("%5C"), ["p3"]);
    assert_eq!(find("GR%C3%96%C3%9FE"), ["p2"]);
    assert_eq!(find("e%20A"), ["alice"]);
    // The end of one value followed by the beginning of another is no match.
    assert_eq!(find("bobbob"), [""; 0]);
    assert_eq!(find("p1"), [""; 0]);

    let long = "a".repeat(201);
    for query in [
        "query=",
        &format!("query={long}"),
        "query=a%00",
        "query=a%0A",
        "limit=0",
        "limit=1001",
        "cursor=%25",
        "cursor=YQA",
        "query=a&query=b",
    ] {
        let refused = get(&shell, "acme", &format!("/v1/users?{query}"));
        refused.expect_problem(400, "invalid-query");
    }
    get(&shell, "acme", "/v1/users?status=active").expect(200);
}
