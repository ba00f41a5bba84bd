//! `/v1/roles/{role}/members` and `/v1/users/{user}/roles`: the members of roles, and when their assignments end.

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    audit::trail,
    decisions::check,
    on_behalf::{acting, delete, get},
};

use super::administering::{line, put as put_role};

fn put(shell: &Shell, organization: &str, member: &str, body: &Value) -> Answer {
    let request = acting(shell, organization, "PUT", &format!("/v1/roles/{member}"));
    request.json(body).send()
}

/// The users in a page of members.
#[track_caller]
fn users(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let document = answer.json();
    let items = document["items"].as_array().unwrap().iter();
    items
        .map(|item| item["user"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_role_that_is_taken_away_is_refused_in_the_next_request() {
    let shell = Shell::start();
    let member = "/v1/roles/editor/members/alice";
    for _ in 0..3 {
        check(&shell, "alice", "write", true);
        delete(&shell, "acme", member).expect(204);
        check(&shell, "alice", "write", false);
        check(&shell, "bob", "read", true);
        acting(&shell, "acme", "PUT", member).send().expect(201);
    }
    check(&shell, "alice", "write", true);
}

#[test]
fn assigning_until_when() {
    let shell = Shell::start();
    let member = "editor/members/bob";
    let path = "/v1/roles/editor/members/bob";
    let created = acting(&shell, "acme", "PUT", path).send().expect(201);
    let forever = json!({"user": "bob", "valid_until": null});
    assert_eq!(created.json(), forever);
    check(&shell, "bob", "write", true);
    for body in [json!({}), json!({"valid_until": null}), json!(null)] {
        let repeated = put(&shell, "acme", member, &body).expect(200);
        assert_eq!(
            (repeated.json(), repeated.tag()),
            (forever.clone(), created.tag())
        );
    }

    let until = json!({"valid_until": "2031-01-31T14:00:00.5+02:00"});
    let changed = put(&shell, "acme", member, &until).expect(200);
    let bob = json!({"user": "bob", "valid_until": "2031-01-31T12:00:00.500000Z"});
    assert_eq!(changed.json(), bob);
    assert_ne!(changed.tag(), created.tag());
    let same = put(&shell, "acme", member, &bob).expect(200);
    assert_eq!(same.tag(), changed.tag());
    check(&shell, "bob", "write", true);

    // An end in the past: the assignment stays in the lists, but has no effect.
    let past = json!({"valid_until": "2020-01-01T00:00:00Z"});
    put(&shell, "acme", member, &past).expect(200);
    check(&shell, "bob", "write", false);
    check(&shell, "bob", "read", true);
    let members = get(&shell, "acme", "/v1/roles/editor/members");
    assert_eq!(users(&members), ["alice", "bob"]);
    let ended = json!({"role": "editor", "is_global": false, "is_assigned": true,
        "valid_until": "2020-01-01T00:00:00.000000Z", "by_groups": []});
    let roles = get(&shell, "acme", "/v1/users/bob/roles").json();
    assert_eq!(roles["items"][0], ended);
    assert_eq!(roles["items"][1]["role"], "viewer");

    delete(&shell, "acme", path).expect(204);
    delete(&shell, "acme", path).expect(204);
    let members = get(&shell, "acme", "/v1/roles/editor/members");
    assert_eq!(users(&members), ["alice"]);
}

#[test]
fn conditions_name_the_version() {
    let shell = Shell::start();
    let path = "/v1/roles/viewer/members/zoe";
    let put_if = |header: &str, tag: &str, until: Option<&str>| {
        let request = acting(&shell, "acme", "PUT", path).header(header, tag);
        request.json(&json!({"valid_until": until})).send()
    };
    let end = Some("2031-01-01T00:00:00Z");
    put_if("if-match", "*", None).expect_problem(412, "precondition-failed");
    let created = put_if("if-none-match", "*", None).expect(201);
    put_if("if-none-match", "*", None).expect_problem(412, "precondition-failed");
    let changed = put_if("if-match", &created.tag(), end).expect(200);
    put_if("if-match", &created.tag(), None).expect_problem(412, "precondition-failed");
    put_if("if-match", &created.tag(), end).expect(200);
    let delete_if = |tag: &str| {
        let request = acting(&shell, "acme", "DELETE", path);
        request.header("if-match", tag).send()
    };
    delete_if(&created.tag()).expect_problem(412, "precondition-failed");
    delete_if(&changed.tag()).expect(204);
    delete_if(&changed.tag()).expect(204);
    let again = put_if("if-none-match", "*", None).expect(201);
    assert_ne!(again.tag(), created.tag());
}

#[test]
fn what_does_not_fit_is_told() {
    let shell = Shell::start();
    for body in [
        "\"soon\"",
        "1",
        "\"2031-01-31\"",
        "\"2031-06-30T23:59:60Z\"",
        "[]",
    ] {
        let body = format!("{{\"valid_until\": {body}}}");
        for (user, pointers) in [
            ("zoe", &["/valid_until"][..]),
            ("%07", &["/user", "/valid_until"]),
        ] {
            let path = format!("/v1/roles/viewer/members/{user}");
            let request = acting(&shell, "acme", "PUT", &path);
            let answer = request.body("application/json", body.as_str()).send();
            let answer = answer.expect_problem(422, "invalid-fields");
            assert_eq!(answer.pointers(), pointers);
        }
    }
    let request = acting(&shell, "acme", "PUT", "/v1/roles/viewer/members/zoe");
    let answer = request.body("application/json", "{").send();
    answer.expect_problem(400, "invalid-json");
    delete(&shell, "acme", "/v1/roles/viewer/members/%07").expect(204);
    for role in ["nobody", "No", "satellite"] {
        let members = format!("/v1/roles/{role}/members");
        get(&shell, "acme", &members).expect_problem(404, "unknown-role");
        let member = format!("{members}/zoe");
        let answer = acting(&shell, "acme", "PUT", &member).send();
        answer.expect_problem(404, "unknown-role");
        delete(&shell, "acme", &member).expect_problem(404, "unknown-role");
    }
    for query in ["limit=0", "cursor=%25", "cursor=AA"] {
        let answer = get(&shell, "acme", &format!("/v1/roles/viewer/members?{query}"));
        answer.expect_problem(400, "invalid-query");
        let answer = get(&shell, "acme", &format!("/v1/users/bob/roles?{query}"));
        answer.expect_problem(400, "invalid-query");
    }
}

/// A future user with this external_id holds the role.
#[test]
fn a_user_is_an_external_id_known_or_not() {
    let shell = Shell::start();
    let content = json!({"name": "T", "permissions": [line("read")]});
    put_role(&shell, "acme", "team", &content).expect(201);
    let named = [
        ("svc%2Fdrive", "svc/drive"),
        ("*", "*"),
        ("%C3%BC%20x", "ü x"),
        ("a%25b", "a%b"),
        (
            "12345678-1234-1234-1234-123456789012",
            "12345678-1234-1234-1234-123456789012",
        ),
    ];
    for (segment, user) in named {
        let member = format!("team/members/{segment}");
        let answer = put(&shell, "acme", &member, &json!({})).expect(201);
        assert_eq!(answer.json()["user"], user);
        check(&shell, user, "read", true);
        let roles = get(&shell, "acme", &format!("/v1/users/{segment}/roles"));
        assert_eq!(roles.expect(200).json()["items"][0]["role"], "team");
    }
    let mut walked = Vec::new();
    let mut path = "/v1/roles/team/members?limit=2".to_owned();
    loop {
        let page = get(&shell, "acme", &path);
        walked.extend(users(&page));
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/roles/team/members?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    let mut expected = named.map(|(_, user)| user);
    expected.sort_unstable();
    assert_eq!(walked, expected);
    for nobody in ["%07", &"x".repeat(256)] {
        let roles = get(&shell, "acme", &format!("/v1/users/{nobody}/roles")).expect(200);
        assert_eq!(roles.json(), json!({"items": [], "next_cursor": null}));
    }
}

#[test]
fn a_global_roles_members_are_each_organizations_own() {
    let shell = Shell::start();
    check(&shell, "bob", "share", false);
    put(&shell, "acme", "admin/members/bob", &json!({})).expect(201);
    check(&shell, "bob", "share", true);
    let members = |organization: &str| get(&shell, organization, "/v1/roles/admin/members");
    assert_eq!(users(&members("acme")), ["admin", "bob"]);
    assert_eq!(users(&members("globex")), ["admin"]);
    assert_eq!(users(&members("platform")), [] as [&str; 0]);
    delete(&shell, "globex", "/v1/roles/admin/members/bob").expect(204);
    assert_eq!(users(&members("acme")), ["admin", "bob"]);
    // The same slug names different roles in two organizations.
    put(&shell, "globex", "editor/members/bob", &json!({})).expect(201);
    let editors = get(&shell, "acme", "/v1/roles/editor/members");
    assert_eq!(users(&editors), ["alice"]);
    let roles = get(&shell, "acme", "/v1/users/bob/roles").json();
    let global = json!({"role": "admin", "is_global": true, "is_assigned": true, "valid_until": null,
        "by_groups": []});
    assert_eq!(roles["items"][0], global);
    assert_eq!(roles["items"][1]["role"], "viewer");
    assert_eq!(roles["items"].as_array().unwrap().len(), 2);
    let page = get(&shell, "acme", "/v1/users/bob/roles?limit=1").json();
    let next = page["next_cursor"].as_str().unwrap();
    let page = get(
        &shell,
        "acme",
        &format!("/v1/users/bob/roles?cursor={next}"),
    )
    .json();
    assert_eq!(page["items"][0]["role"], "viewer");
    assert_eq!(page["next_cursor"], json!(null));
}

#[test]
fn everybody_may_ask_about_itself() {
    let shell = Shell::start();
    let own = shell.get("/v1/users/alice/roles").by("acme", "alice");
    let own = own.send().expect(200);
    assert_eq!(
        own.json(),
        json!({"items": [{"role": "editor", "is_global": false, "is_assigned": true, "valid_until": null,
            "by_groups": []}], "next_cursor": null})
    );
    let known = shell.get("/v1/users/alice/roles").by("acme", "alice");
    known.header("if-none-match", own.tag()).send().expect(304);
    let named = shell.get("/v1/users/alice/roles").by("acme", "alice");
    let named = named.header("shell-organization", "acme").send();
    assert_eq!(named.expect(200).body, own.body);
    let other = shell.get("/v1/users/alice/roles").by("acme", "alice");
    let other = other.header("shell-organization", "globex").send();
    other.expect_problem(403, "forbidden");
    let other = shell.get("/v1/users/bob/roles").by("acme", "alice").send();
    other.expect_problem(403, "forbidden");
    // A user of another organization with the same id.
    let acting = get(&shell, "acme", "/v1/users/admin/roles").expect(200);
    assert_eq!(acting.json()["items"][0]["role"], "admin");
}

#[test]
fn every_change_is_in_the_trail() {
    let shell = Shell::start();
    let change = |request: &str, method: &str, body: Value| {
        let sent = acting(&shell, "acme", method, "/v1/roles/viewer/members/zoe");
        sent.header("x-request-id", request)
            .json(&body)
            .send()
            .status
    };
    let end = json!({"valid_until": "2031-01-01T00:00:00+01:00"});
    assert_eq!(change("r1", "PUT", json!({})), 201);
    assert_eq!(change("r2", "PUT", json!({})), 200);
    assert_eq!(change("r3", "PUT", end.clone()), 200);
    assert_eq!(change("r4", "DELETE", json!({})), 204);
    assert_eq!(change("r5", "DELETE", json!({})), 204);
    let targets = json!(["viewer", "zoe"]);
    let event = |what: &str, metadata: Value| {
        (format!("acme role.{what} admin"), targets.clone(), metadata)
    };
    assert_eq!(
        trail(&shell, "role."),
        [
            event("member_added r1", json!({"valid_until": null})),
            event(
                "member_changed r3",
                json!({"valid_until": "2030-12-31T23:00:00.000000Z"})
            ),
            event("member_removed r4", json!({})),
        ]
    );
    let found = get(&shell, "acme", "/v1/audit-events?action=role.member_added").expect(200);
    let shown = found.json()["items"][0]["targets"].clone();
    let named = |place: usize| ["type", "id"].map(|name| shown[place][name].clone());
    assert_eq!(named(0), ["role", "viewer"], "{shown}");
    assert_eq!(named(1), ["user", "zoe"], "{shown}");
    // A role is deleted with its members.
    delete(&shell, "acme", "/v1/roles/editor").expect(204);
    let deleted = trail(&shell, "role.deleted");
    assert_eq!(deleted[0].2, json!({"members": 1}));
}

/// A change by a seeding run gives a new version, which `If-Match` compares.
#[test]
fn a_seeded_change_has_its_own_version() {
    let setup = tests::Setup::seeded();
    let version = |setup: &tests::Setup| -> i64 {
        let query = "SELECT version FROM shell.role_assignments WHERE subject = 'contractor'";
        let mut database = setup.database().as_superuser();
        database.query_one(query, &[]).unwrap().get(0)
    };
    let before = version(&setup);
    let rows = "organization,username,role,valid_until\nglobex,contractor,viewer,\n";
    let folder = tests::Folder::of(&setup.environment, &[("role_assignments.csv", rows)]);
    setup.job("seed", Some(&folder), &["--update"]).unwrap();
    assert!(version(&setup) > before && before > 0);
}
