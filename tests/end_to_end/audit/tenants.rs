//! Route by route: no tenant can read, count or infer another tenant's events.

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    audit::{PATH, append, event, ids, items, new_id, read, with},
};

/// A Shell whose acme has events, and the ids of these.
fn with_events() -> (Shell, Vec<String>) {
    let shell = Shell::start();
    let mut more = with("context", json!({"request_id": "r-1", "ip": "192.0.2.1"}));
    more["targets"] = json!([{"type": "file", "id": "plan"}]);
    let recorded = append(&shell, &json!([event(), more, event()]))
        .expect(201)
        .json();
    let recorded = ids(recorded.as_array().unwrap());
    (shell, recorded)
}

fn own(shell: &Shell, organization: &str, rest: &str) -> Answer {
    let request = shell.get(&format!("{PATH}{rest}"));
    request.by(organization, "nobody").send()
}

#[test]
fn who_has_no_right_reads_nothing_not_even_its_own() {
    let (shell, recorded) = with_events();
    let known = format!("/{}", recorded[0]);
    let unknown = format!("/{}", new_id());
    for organization in ["acme", "globex"] {
        // The answer is the same whether the event exists or not.
        let refusal = own(&shell, organization, "").expect_problem(403, "forbidden");
        for rest in [&known, &unknown, "/1", "?actor=alice", "?limit=1"] {
            let answer = own(&shell, organization, rest).expect_problem(403, "forbidden");
            assert_eq!(answer.body, refusal.body, "{rest}");
        }
    }
    // A refused request is not a read.
    assert!(items(&read(&shell, "acme", "?action=audit_event.read")).is_empty());
    shell
        .get(PATH)
        .send()
        .expect_problem(401, "unauthenticated");
    shell.get(&format!("{PATH}{known}")).send().expect(401);
}

#[test]
fn a_list_holds_one_trail() {
    let (shell, _) = with_events();
    for query in [
        "",
        "?actor=alice",
        "?action=file.*",
        "?action=*",
        "?target=plan",
        "?outcome=success",
        "?request_id=r-1",
        "?from=2000-01-01T00:00:00Z",
    ] {
        assert!(!items(&read(&shell, "acme", query)).is_empty(), "{query}");
        for organization in ["globex", "platform"] {
            let page = items(&read(&shell, organization, query));
            let others = page.iter().filter(|event| event["action"] == "file.read");
            assert_eq!(others.count(), 0, "{organization} {query}");
        }
    }
}

#[test]
fn an_id_names_an_event_of_its_own_trail() {
    let (shell, recorded) = with_events();
    for id in &recorded {
        read(&shell, "acme", &format!("/{id}")).expect(200);
        for organization in ["globex", "platform"] {
            let foreign = read(&shell, organization, &format!("/{id}"));
            let foreign = foreign.expect_problem(404, "unknown-audit-event");
            let unknown = read(&shell, organization, &format!("/{}", new_id()));
            assert_eq!(foreign.body, unknown.body);
        }
    }
}

#[test]
fn a_cursor_continues_its_own_trail_alone() {
    let (shell, _) = with_events();
    let page = read(&shell, "acme", "?limit=1").json();
    let cursor = page["next_cursor"].as_str().unwrap();
    read(&shell, "acme", &format!("?cursor={cursor}")).expect(200);
    for organization in ["globex", "platform"] {
        let answer = read(&shell, organization, &format!("?cursor={cursor}"));
        answer.expect_problem(400, "invalid-query");
    }
    let unacting = shell
        .platform("GET", &format!("{PATH}?cursor={cursor}"))
        .send();
    unacting.expect_problem(400, "invalid-query");
    // A cursor of the registry's lists is not valid here.
    let made_up = ["YWNtZQ", "MjAyNi0wMS0zMVQxMjowMDowMFo"];
    for position in (0..cursor.len()).step_by(5) {
        let mut bytes = cursor.as_bytes().to_vec();
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(bytes).unwrap();
        let answer = read(&shell, "acme", &format!("?cursor={tampered}"));
        answer.expect_problem(400, "invalid-query");
    }
    for cursor in made_up {
        let answer = read(&shell, "acme", &format!("?cursor={cursor}"));
        answer.expect_problem(400, "invalid-query");
    }
}

#[test]
fn writing_tells_nothing_of_other_trails() {
    let (shell, recorded) = with_events();
    // Ids and keys that acme has used are still free for globex.
    let acme = shell.request("POST", PATH).by("acme", "alice");
    acme.header("idempotency-key", "7")
        .json(&event())
        .send()
        .expect(201);
    for id in &recorded {
        let request = shell.request("POST", PATH).by("globex", "alice");
        let other = with("id", json!(id));
        assert_eq!(
            request.json(&other).send().expect(201).json()["id"],
            id.as_str()
        );
    }
    let globex = shell.request("POST", PATH).by("globex", "alice");
    let other = with("outcome", json!("denied"));
    globex
        .header("idempotency-key", "7")
        .json(&other)
        .send()
        .expect(201);
    let page = items(&read(&shell, "globex", "?action=file.read"));
    assert_eq!(page.len(), recorded.len() + 1);
    // Acme's own events are unchanged.
    for id in &recorded {
        let event: Value = read(&shell, "acme", &format!("/{id}")).expect(200).json();
        assert_eq!(event["actor"]["id"], "alice");
    }
}

#[test]
fn a_suspended_organization_writes_nothing_and_is_read_by_platform() {
    let (shell, recorded) = with_events();
    let path = "/v1/organizations/acme";
    let mut acme = shell.platform("GET", path).send().json();
    acme["status"] = json!("suspended");
    shell.platform("PUT", path).json(&acme).send().expect(200);
    append(&shell, &event()).expect_problem(403, "forbidden");
    let page = items(&read(&shell, "acme", "?action=file.read"));
    assert_eq!(page.len(), recorded.len());
}
