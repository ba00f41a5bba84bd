//! `DELETE /v1/users/{user}`: a user is removed from one organization.

use serde_json::{Value, json};
use tests::{
    Shell,
    audit::trail,
    decisions::check,
    on_behalf::{acting, delete, get},
};

/// The numbers of a user's memberships, assignments, removals and future cut-offs in an organization.
fn standing(shell: &Shell, organization: &str, user: &str) -> [i64; 4] {
    let query = "SELECT
        (SELECT count(*) FROM shell.memberships m JOIN shell.users u ON u.id = m.user_id
         WHERE m.organization_id = o.id AND u.external_id = $2),
        (SELECT count(*) FROM shell.role_assignments a WHERE a.organization_id = o.id AND a.subject = $2),
        (SELECT count(*) FROM shell.removed_memberships r
         WHERE r.organization_id = o.id AND r.subject = $2 AND r.removed_at <= now()),
        (SELECT count(*) FROM shell.membership_cutoffs c
         WHERE c.organization_id = o.id AND c.subject = $2 AND c.cut_off_at > now())
      FROM shell.organizations o WHERE o.slug = $1";
    let mut database = shell.database().as_superuser();
    let row = database.query_one(query, &[&organization, &user]).unwrap();
    [0, 1, 2, 3].map(|column| row.get(column))
}

#[test]
fn who_is_removed_is_denied_by_the_next_decision() {
    let shell = Shell::start();
    check(&shell, "alice", "write", true);
    check(&shell, "bob", "read", true);
    let request = acting(&shell, "acme", "DELETE", "/v1/users/alice");
    request
        .header("x-request-id", "removing")
        .send()
        .expect(204);
    check(&shell, "alice", "write", false);
    check(&shell, "alice", "read", false);
    check(&shell, "bob", "read", true);

    assert_eq!(standing(&shell, "acme", "alice"), [0, 0, 1, 1]);
    get(&shell, "acme", "/v1/users/alice").expect_problem(404, "unknown-user");
    let roles = get(&shell, "acme", "/v1/users/alice/roles").json();
    assert_eq!(roles["items"], json!([]));
    let event = (
        "acme user.removed removing admin".to_owned(),
        json!(["alice"]),
        json!({"member": true, "roles": ["editor"]}),
    );
    assert_eq!(trail(&shell, "user."), [event]);
    // An assignment does not restore the role: only an event of the provider restores the membership.
    let member = "/v1/roles/editor/members/alice";
    acting(&shell, "acme", "PUT", member).send().expect(201);
    check(&shell, "alice", "write", false);
}

#[test]
fn who_is_not_there_is_removed_already() {
    let shell = Shell::start();
    for user in ["carol", "nobody", "a%00", &"a".repeat(256)] {
        delete(&shell, "acme", &format!("/v1/users/{user}")).expect(204);
    }
    assert_eq!(standing(&shell, "acme", "carol"), [0, 0, 0, 0]);
    assert_eq!(standing(&shell, "globex", "carol"), [1, 1, 0, 0]);
    assert_eq!(trail(&shell, "user."), []);
    for _ in 0..2 {
        delete(&shell, "acme", "/v1/users/bob").expect(204);
    }
    assert_eq!(trail(&shell, "user.").len(), 1);
    // A role may be assigned to an unknown subject.
    let member = "/v1/roles/editor/members/svc-new";
    acting(&shell, "acme", "PUT", member).send().expect(201);
    check(&shell, "svc-new", "write", true);
    delete(&shell, "acme", "/v1/users/svc-new").expect(204);
    check(&shell, "svc-new", "write", false);
    assert_eq!(standing(&shell, "acme", "svc-new"), [0, 0, 1, 1]);
}

#[test]
fn elsewhere_it_stays_a_member() {
    let shell = Shell::start();
    let another = "/v1/roles/admin/members/carol";
    acting(&shell, "globex", "PUT", another).send().expect(201);
    delete(&shell, "globex", "/v1/users/admin").expect(204);
    assert_eq!(standing(&shell, "globex", "admin"), [0, 0, 1, 1]);
    assert_eq!(standing(&shell, "acme", "admin"), [1, 1, 0, 0]);
    assert_eq!(standing(&shell, "platform", "admin"), [1, 1, 0, 0]);
    get(&shell, "globex", "/v1/users/admin").expect(404);
    get(&shell, "acme", "/v1/users/admin").expect(200);
}

#[test]
fn the_last_administrator_is_not_removed() {
    let shell = Shell::start();
    let refused = delete(&shell, "acme", "/v1/users/admin");
    refused.expect_problem(409, "last-administrator");
    shell
        .platform("DELETE", "/v1/users/admin")
        .send()
        .expect_problem(409, "last-administrator");
    assert_eq!(standing(&shell, "acme", "admin"), [1, 1, 0, 0]);
    assert_eq!(trail(&shell, "user."), []);
    get(&shell, "acme", "/v1/users/admin").expect(200);

    // If two users remove each other, one of them stays.
    let path = |user: &str| format!("/v1/users/{user}");
    let member = "/v1/roles/admin/members/alice";
    acting(&shell, "acme", "PUT", member).send().expect(201);
    let mut statuses = std::thread::scope(|scope| {
        let send = |user: &str| delete(&shell, "acme", &path(user)).status;
        let both = ["admin", "alice"].map(|user| scope.spawn(move || send(user)));
        both.map(|one| one.join().unwrap())
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
}

#[test]
fn what_was_seen_is_removed_and_nothing_newer() {
    let shell = Shell::start();
    let seen = get(&shell, "acme", "/v1/users/alice").tag();
    let rename = "UPDATE shell.users SET display_name = 'Alice B' WHERE external_id = 'alice'";
    shell
        .database()
        .as_superuser()
        .batch_execute(rename)
        .unwrap();
    let removing = |tag: &str| {
        let request = acting(&shell, "acme", "DELETE", "/v1/users/alice");
        request.header("if-match", tag).send()
    };
    removing(&seen).expect_problem(412, "precondition-failed");
    let seen = get(&shell, "acme", "/v1/users/alice").tag();
    removing(&seen).expect(204);
    // A retry succeeds, whatever its conditions.
    removing(&seen).expect(204);
}

#[test]
fn who_removes_whom() {
    let shell = Shell::start();
    let remove = |organization: &str, by: &str, path: &str| {
        shell.request("DELETE", path).by(organization, by).send()
    };
    for path in [
        "/v1/users/bob",
        "/v1/users/alice",
        "/v1/users/bob?everywhere=true",
        "/v1/users/bob?everywhere=1",
    ] {
        remove("acme", "bob", path).expect_problem(403, "forbidden");
    }
    // An organization's administrator may remove users only from it.
    let everywhere = "/v1/users/bob?everywhere=true";
    remove("acme", "admin", everywhere).expect_problem(403, "forbidden");
    remove("acme", "admin", "/v1/users/bob").expect(204);
    remove("acme", "admin", "/v1/users/carol").expect(204);
    assert_eq!(standing(&shell, "globex", "carol"), [1, 1, 0, 0]);
    for query in [
        "everywhere=false",
        "everywhere=",
        "everywhere=true&everywhere=true",
    ] {
        let refused = delete(&shell, "acme", &format!("/v1/users/alice?{query}"));
        refused.expect_problem(400, "invalid-query");
    }
    get(&shell, "acme", "/v1/users/alice").expect(200);
}

#[test]
fn seeding_brings_nobody_back() {
    let shell = Shell::start();
    delete(&shell, "acme", "/v1/users/alice").expect(204);
    for arguments in [&[][..], &["--update"][..]] {
        shell.setup().job("seed", None, arguments).unwrap();
        let [memberships, _, removals, cutoffs] = standing(&shell, "acme", "alice");
        assert_eq!([memberships, removals, cutoffs], [0, 1, 1], "{arguments:?}");
        // Its role is assigned again, but has no effect.
        check(&shell, "alice", "write", false);
    }
}

/// The result of an event of acme's provider with these facts, so many seconds from now.
pub fn tell(shell: &Shell, id: &str, seconds: i64, facts: &Value) -> String {
    let named = "UPDATE shell.organizations SET external_id = 'acme-id' WHERE slug = 'acme'";
    shell
        .database()
        .as_superuser()
        .batch_execute(named)
        .unwrap();
    let query = "SELECT status FROM shell.receive_event('default', 'keycloak', gen_random_uuid(),
        jsonb_build_object('id', $1::text, 'type', 't', 'facts', $2::jsonb,
          'time', (extract(epoch FROM clock_timestamp()) * 1000)::bigint + $3::bigint * 1000))";
    let mut database = shell.database().as_runtime();
    let row = database.query_one(query, &[&id, facts, &seconds]).unwrap();
    row.get(0)
}

#[test]
fn a_later_event_of_the_provider_brings_the_membership_back() {
    let shell = Shell::start();
    delete(&shell, "acme", "/v1/users/alice").expect(204);
    let joins =
        json!([{"kind": "membership", "organization": "acme-id", "member": true, "user": "alice"}]);
    let renamed = json!([{"kind": "user", "user": "alice", "creates": true, "username": "alicia"}]);
    for (id, seconds, facts) in [("before", -60, &joins), ("renamed", 60, &renamed)] {
        assert_eq!(tell(&shell, id, seconds, facts), "applied");
        get(&shell, "acme", "/v1/users/alice").expect_problem(404, "unknown-user");
    }
    assert_eq!(tell(&shell, "after", 60, &joins), "applied");
    let alice = get(&shell, "acme", "/v1/users/alice").expect(200).json();
    assert_eq!(alice["username"], "alicia");
    let roles = get(&shell, "acme", "/v1/users/alice/roles").json();
    assert_eq!(roles["items"], json!([]));
}

#[test]
fn tokens_from_before_give_nothing() {
    let shell = Shell::start();
    let token = shell.token("acme", "alice");
    let other = shell.token("acme", "bob");
    let ask = |token: &str| shell.get("/v1/apps").bearing(token).send();
    ask(&token).expect(200);
    ask(&other).expect(200);
    delete(&shell, "acme", "/v1/users/alice").expect(204);
    ask(&token).expect_problem(403, "forbidden");
    ask(&other).expect(200);
    let answer: Value = ask(&token).json();
    assert!(answer["detail"].as_str().is_some());
}
