//! The inbox of identity providers' events, as platform reads it.

use serde_json::{Value, json};
use tests::{Answer, Setup, Shell, event, user_created};

fn start() -> Shell {
    Setup::seeded().realm("veni").start()
}

fn list(shell: &Shell, query: &str) -> Answer {
    let path = format!("/v1/webhooks/events{query}");
    shell.platform("GET", &path).send()
}

fn event_ids(answer: &Answer) -> Vec<String> {
    let items = answer.json()["items"].clone();
    let id = |item: &Value| item["event_id"].as_str().unwrap().to_owned();
    items.as_array().unwrap().iter().map(id).collect()
}

#[test]
fn what_became_of_events_is_listed_the_newest_first() {
    let shell = start();
    let mut sent = Vec::new();
    for number in 0..5 {
        let dave = json!({"username": format!("dave-{number}"), "enabled": true});
        let mut event = user_created(&format!("dave-{number}"), &dave);
        if number % 2 == 1 {
            event["realmName"] = json!("another");
        }
        shell.deliver(&event).expect(202);
        sent.insert(0, event["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(event_ids(&list(&shell, "").expect(200)), sent);
    let failed = list(&shell, "?status=failed").expect(200);
    assert_eq!(event_ids(&failed), [sent[1].clone(), sent[3].clone()]);
    let item = failed.json()["items"][0].clone();
    for (member, expected) in [
        ("provider", "default"),
        ("source", "keycloak"),
        ("type", "admin.USER-CREATE"),
        ("status", "failed"),
        ("reason", "other_realm"),
    ] {
        assert_eq!(item[member], expected, "{item}");
    }
    assert_eq!(item.as_object().unwrap().len(), 9, "{item}");
    assert!(!list(&shell, "").body.contains("dave"));

    let mut walked = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = list(&shell, &query).expect(200);
        walked.push(event_ids(&page));
        let Some(cursor) = page.json()["next_cursor"].as_str().map(str::to_owned) else {
            break;
        };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(walked.concat(), sent);
    assert_eq!(walked.len(), 3);

    let tag = list(&shell, "").tag();
    let request = shell.platform("GET", "/v1/webhooks/events");
    request.header("if-none-match", tag).send().expect(304);
}

#[test]
fn the_inbox_is_platforms_whatever_else_somebody_may() {
    let shell = start();
    shell.deliver(&event("system.NEW", json!({}))).expect(202);
    let list = |organization: &str, user: &str| {
        let request = shell.get("/v1/webhooks/events");
        request.by(organization, user).send()
    };
    list("acme", "admin").expect_problem(403, "forbidden");
    list("platform", "nobody").expect_problem(403, "forbidden");
    let answer = list("platform", "admin").expect(200);
    assert_eq!(answer.json()["items"][0]["status"], "ignored");
    let request = shell.platform("GET", "/v1/webhooks/events");
    let acting = request
        .header("shell-organization", "acme")
        .send()
        .expect(200);
    assert_eq!(event_ids(&acting).len(), 1);
}

#[test]
fn what_is_no_question_is_refused() {
    let shell = start();
    for query in [
        "?status=unknown",
        "?limit=0",
        "?limit=1001",
        "?cursor=x",
        "?cursor=YWNtZQ",
    ] {
        list(&shell, query).expect_problem(400, "invalid-query");
    }
}
