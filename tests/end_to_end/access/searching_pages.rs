//! Pages of a search: where they end, and how they are continued.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{
    Setup, Shell,
    decisions::ask,
    searches::{ACTIONS, RESOURCES, SUBJECTS, names},
};

/// Adds members of acme without roles, whose ids begin with a word.
fn add_members(setup: &Setup, word: &str, count: i32) {
    let mut database = setup.database().as_superuser();
    let members = "WITH added AS (
        INSERT INTO shell.users (id, identity_provider_id, external_id, username, email, display_name)
        SELECT gen_random_uuid(), p.id, $1 || n, $1 || n, '', 'Somebody'
        FROM generate_series(1, $2::integer) n, shell.identity_providers p WHERE p.slug = 'default'
        RETURNING id
      )
      INSERT INTO shell.memberships (organization_id, user_id)
      SELECT o.id, a.id FROM added a, shell.organizations o WHERE o.slug = 'acme'";
    let added = database.execute(members, &[&word, &count]).unwrap();
    assert_eq!(added, u64::try_from(count).unwrap());
}

fn add_documents(setup: &Setup, word: &str, count: i32, properties: &str) {
    let mut database = setup.database().as_superuser();
    let documents = "INSERT INTO shell.resources (organization_id, type, id, properties)
      SELECT o.id, 'document', $1 || to_char(n, 'FM00000'), $3::text::jsonb
      FROM generate_series(1, $2::integer) n, shell.organizations o WHERE o.slug = 'acme'";
    let added = database
        .execute(documents, &[&word, &count, &properties])
        .unwrap();
    assert_eq!(added, u64::try_from(count).unwrap());
}

fn put_role(shell: &Shell, role: &str, permissions: &Value) {
    let request = shell.platform("PUT", &format!("/v1/roles/{role}"));
    let body = json!({"name": "Role", "permissions": permissions});
    let request = request.header("shell-organization", "acme").json(&body);
    assert!(matches!(request.send().status, 200 | 201));
}

fn assign(shell: &Shell, role: &str, user: &str) {
    let path = format!("/v1/roles/{role}/members/{user}");
    let request = shell.platform("PUT", &path);
    let request = request
        .header("shell-organization", "acme")
        .json(&json!({}));
    assert!(matches!(request.send().status, 200 | 201));
}

fn who(action: &str) -> Value {
    json!({"subject": {"type": "user"}, "action": {"name": action},
        "resource": {"type": "document", "id": "1"}})
}

fn what(user: &str, action: &str) -> Value {
    json!({"subject": {"type": "user", "id": user}, "action": {"name": action},
        "resource": {"type": "document"}})
}

/// The results on each page, to the end; with a page token, the whole request except the limit is repeated.
fn walk(shell: &Shell, path: &str, body: &Value, limit: Option<usize>) -> Vec<Vec<String>> {
    let mut body = body.clone();
    if let Some(limit) = limit {
        body["page"] = json!({"limit": limit});
    }
    let mut pages = Vec::new();
    loop {
        let answer = ask(shell, path, &body);
        pages.push(names(&answer, if path == ACTIONS { "name" } else { "id" }));
        let token = answer.json()["page"]["next_token"].clone();
        if token == "" {
            return pages;
        }
        body["page"] = json!({"token": token});
    }
}

#[test]
fn a_page_may_be_empty_and_go_on() {
    let setup = Setup::seeded();
    add_members(&setup, "member-", 4_500);
    let shell = setup.start();
    put_role(
        &shell,
        "sharer",
        &json!([{"resource_type": "document", "resource_id": "*", "action": "share", "effect": "allow"}]),
    );
    for user in ["member-7", "member-4444"] {
        assign(&shell, "sharer", user);
    }
    let pages = walk(&shell, SUBJECTS, &who("share"), None);
    // For one page, at most 2,000 of about 4,500 candidates are evaluated.
    assert_eq!(pages.len(), 3);
    let mut found = pages.concat();
    found.sort();
    assert_eq!(found, ["admin", "member-4444", "member-7"]);
    let pages = walk(&shell, SUBJECTS, &who("share"), Some(1));
    assert!(pages.iter().all(|page| page.len() <= 1));
    let mut found = pages.concat();
    found.sort();
    assert_eq!(found, ["admin", "member-4444", "member-7"]);
    // Without a line that allows it, only the administrator is found.
    let nobody = json!({"subject": {"type": "user"}, "action": {"name": "share"},
        "resource": {"type": "document", "id": "1"}});
    put_role(&shell, "sharer", &json!([]));
    let found = walk(&shell, SUBJECTS, &nobody, None).concat();
    assert_eq!(found, ["admin"]);
}

#[test]
fn a_walk_finds_each_once_and_all() {
    let setup = Setup::seeded();
    add_documents(&setup, "doc-", 2_600, "{}");
    let shell = setup.start();
    // Ids between the stored ones, before and after them; one of them is stored, too.
    let ids = ["a", "doc-00001", "doc-00002b", "doc-02600", "é", "zz", "*"];
    let lines = ids.map(|id| {
        json!({"resource_type": "document", "resource_id": id, "action": "none", "effect": "deny"})
    });
    put_role(&shell, "named", &json!(lines));
    let mut expected: BTreeSet<_> = (1..=2_600)
        .map(|number| format!("doc-{number:05}"))
        .collect();
    expected.extend(["handbook", "budget-2024"].map(str::to_owned));
    expected.extend(ids.into_iter().filter(|id| *id != "*").map(str::to_owned));
    let expected: Vec<_> = expected.into_iter().collect();
    for (limit, sizes) in [
        (None, vec![1_000, 1_000, 606]),
        (Some(2_000), vec![1_000, 1_000, 606]),
        (Some(869), vec![869, 869, 868]),
    ] {
        let pages = walk(&shell, RESOURCES, &what("alice", "read"), limit);
        let found: Vec<_> = pages.iter().map(Vec::len).collect();
        assert_eq!(found, sizes, "{limit:?}");
        assert_eq!(pages.concat(), expected, "{limit:?}");
    }
    // Up to 2,000 denied candidates are evaluated for a page; none if no line allows any of them.
    let never = json!([{"resource_type": "document", "resource_id": "*", "action": "find", "effect": "allow",
        "condition": "resource.id == 'none'"}]);
    put_role(&shell, "finder", &never);
    assign(&shell, "finder", "alice");
    for (action, pages) in [("find", 2), ("nothing", 1)] {
        let walked = walk(&shell, RESOURCES, &what("alice", action), None);
        assert_eq!(walked, vec![Vec::<String>::new(); pages], "{action}");
    }
}

#[test]
fn what_is_stored_of_many_comes_in_parts() {
    let setup = Setup::seeded();
    let large = json!({"status": "x".repeat(60_000), "owner": "alice"}).to_string();
    add_documents(&setup, "large-", 150, &large);
    let shell = setup.start();
    let pages = walk(&shell, RESOURCES, &what("alice", "delete"), None);
    assert!(pages.len() > 2, "{}", pages.len());
    assert_eq!(pages.concat().len(), 152);
}

#[test]
fn limits_have_an_answer_each() {
    let shell = Shell::start();
    let asked = |limit: &str| {
        let body = what("alice", "read").to_string();
        let body = body.strip_suffix('}').unwrap();
        let body = format!(r#"{body},"page":{{"limit":{limit}}}}}"#);
        let request = shell.request("POST", RESOURCES).by("acme", "alice");
        request.body("application/json", body).send()
    };
    for (limit, expected) in [
        ("0", 0),
        ("1", 1),
        ("1.0", 1),
        ("2", 2),
        ("1000", 2),
        ("1001", 2),
        ("1e9", 2),
        ("99999999999999999999", 2),
        ("1e300", 2),
    ] {
        let answer = asked(limit);
        assert_eq!(names(&answer, "id").len(), expected, "{limit}");
        let is_end = answer.json()["page"]["next_token"] == "";
        assert_eq!(is_end, expected == 2, "{limit}");
    }
    for limit in ["-1", "1.5", "null", "\"1\"", "[]", "-1e300"] {
        let answer = asked(limit).expect_problem(400, "invalid-search");
        assert_eq!(answer.pointers(), ["/page/limit"], "{limit}");
    }
    // A page with limit 0 leads to the beginning.
    let pages = walk(&shell, RESOURCES, &what("alice", "read"), Some(0));
    let expected = [
        vec![],
        vec!["budget-2024".to_owned(), "handbook".to_owned()],
    ];
    assert_eq!(pages, expected);
}

#[test]
fn a_token_continues_its_own_search_alone() {
    let shell = Shell::start();
    let mut first = what("alice", "read");
    first["context"] = json!({"a": 1});
    first["page"] = json!({"limit": 1});
    let token = ask(&shell, RESOURCES, &first).json()["page"]["next_token"].clone();
    assert!(token.as_str().is_some_and(|token| !token.is_empty()));
    let with = |pointer: &str, value: Value| {
        let mut body = first.clone();
        body["page"] = json!({"token": token});
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        body
    };
    let check = |body: &Value| ask(&shell, RESOURCES, body);
    for same in [
        with("/else", json!(1)),
        with("/page/limit", json!(1)),
        with("/page/else", json!(1)),
        with("/resource/id", json!("ignored")),
        with("/context", json!({"a": 1})),
    ] {
        assert_eq!(names(&check(&same), "id"), ["handbook"], "{same}");
    }
    let mut without = with("/else", json!(1));
    without.as_object_mut().unwrap().remove("context");
    for other in [
        without,
        with("/context/a", json!(2)),
        with("/context/b", json!(2)),
        with("/subject/id", json!("bob")),
        with("/subject/properties", json!({})),
        with("/action/name", json!("write")),
        with("/resource/type", json!("file")),
        with("/page/limit", json!(2)),
        with("/page/properties", json!({})),
        with("/page/token", json!("")),
        with("/page/token", json!("YWNtZQ")),
        with("/page/token", json!(7)),
    ] {
        let answer = check(&other).expect_problem(400, "invalid-search");
        assert_eq!(answer.pointers(), ["/page/token"], "{other}");
    }
    // Nor is it valid in another search or organization, or for another caller.
    let same = with("/resource/id", json!("1"));
    ask(&shell, ACTIONS, &same).expect_problem(400, "invalid-search");
    ask(&shell, SUBJECTS, &same).expect_problem(400, "invalid-search");
    let own = shell.request("POST", RESOURCES).by("acme", "alice");
    own.json(&same).send().expect_problem(400, "invalid-search");
}

#[test]
fn a_search_that_runs_out_of_time_goes_on_in_the_next_page() {
    let setup = Setup::seeded();
    add_documents(&setup, "slow-", 1_500, "{}");
    let shell = setup.start();
    let slow = json!([{"resource_type": "document", "resource_id": "*", "action": "scan", "effect": "allow",
        "condition": "context.a.exists(x, x in context.b)"}]);
    put_role(&shell, "scanner", &slow);
    assign(&shell, "scanner", "bob");
    let mut body = what("bob", "scan");
    let numbers = |from: usize| (from..from + 1_000).collect::<Vec<_>>();
    body["context"] = json!({"a": numbers(0), "b": numbers(5_000)});
    let mut tokens = BTreeSet::new();
    for _ in 0..3 {
        let started = Instant::now();
        let answer = ask(&shell, RESOURCES, &body);
        assert!(started.elapsed() < Duration::from_secs(3));
        assert_eq!(names(&answer, "id"), [] as [&str; 0]);
        // All known results would fit into one page.
        let token = answer.json()["page"]["next_token"].clone();
        assert!(tokens.insert(token.to_string()) && token != "");
        body["page"] = json!({"token": token});
    }
}
