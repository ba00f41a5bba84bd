//! `GET /v1/apps` and `/v1/apps/{slug}`.

use tests::Shell;

#[test]
fn lists_what_is_enabled_for_the_organization() {
    let shell = Shell::start();
    let acme = shell.get("/v1/apps").by("acme", "alice").send();
    assert_eq!(acme.slugs(), ["chat", "drive", "hrm", "shell"]);
    let globex = shell.get("/v1/apps").by("globex", "carol").send();
    assert_eq!(globex.slugs(), ["analytics", "drive", "shell"]);
}

#[test]
fn an_app_has_every_field() {
    let shell = Shell::start();
    let app = shell
        .get("/v1/apps/drive")
        .by("acme", "alice")
        .send()
        .expect(200)
        .json();
    let mut expected = serde_json::json!({
        "slug": "drive",
        "name": "Drive",
        "description": "Files and folders",
        "category": "storage",
        "api_url": "https://drive.veni.example/api",
        "ui_url": "https://drive.veni.example",
        "status": "available",
        "health": "unknown",
        "lease_expires_at": null,
        "metadata": {},
    });
    expected["updated_at"] = app["updated_at"].clone();
    assert_eq!(app, expected);
    let updated_at = app["updated_at"].as_str().unwrap();
    assert_eq!(updated_at.len(), "2026-01-31T12:00:00.000000Z".len());
    assert!(updated_at.ends_with('Z'));
}

#[test]
fn the_second_answer_comes_from_redis_and_is_the_same() {
    let shell = Shell::start();
    for path in ["/v1/apps/drive", "/v1/apps"] {
        let organization = if path == "/v1/apps" { "globex" } else { "acme" };
        let first = shell.get(path).by(organization, "alice").send().expect(200);
        assert_eq!(
            first.header("cache-status"),
            Some("shell; fwd=miss; stored")
        );
        let second = shell.get(path).by(organization, "bob").send().expect(200);
        assert_eq!(second.header("cache-status"), Some("shell; hit"));
        assert_eq!(first.body, second.body);
        assert_eq!(first.header("etag"), second.header("etag"));
    }
}

#[test]
fn what_is_unknown_and_what_is_not_enabled_look_the_same() {
    let shell = Shell::start();
    let unknown = shell
        .get("/v1/apps/nothing-here")
        .by("acme", "alice")
        .send();
    let not_enabled = shell.get("/v1/apps/analytics").by("acme", "alice").send();
    let malformed = shell.get("/v1/apps/NO%20SLUG").by("acme", "alice").send();
    assert_eq!(unknown.body, not_enabled.body);
    assert_eq!(unknown.body, malformed.body);
    unknown.expect_problem(404, "unknown-app");
}

#[test]
fn filters_by_status_and_category() {
    let shell = Shell::start();
    let list = |query: &str| {
        shell
            .get(&format!("/v1/apps?{query}"))
            .by("acme", "alice")
            .send()
            .slugs()
    };
    assert_eq!(list("status=maintenance"), ["chat"]);
    assert_eq!(list("category=people"), ["hrm"]);
    assert_eq!(list("status=available&category=storage"), ["drive"]);
    assert_eq!(list("status=unavailable"), [] as [&str; 0]);
    assert_eq!(list("category=nothing"), [] as [&str; 0]);
    assert_eq!(list("unknown=ignored").len(), 4);
}

#[test]
fn a_walk_through_the_pages_is_complete() {
    let shell = Shell::start();
    let mut walked = Vec::new();
    let mut path = "/v1/apps?limit=3".to_owned();
    loop {
        let page = shell.get(&path).by("acme", "alice").send();
        walked.extend(page.slugs());
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/apps?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(walked, ["chat", "drive", "hrm", "shell"]);
}

#[test]
fn bad_queries_are_refused() {
    let shell = Shell::start();
    for query in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=-1",
        "status=new",
        "cursor=%25",
        "cursor=QQ",
        "limit=1&limit=2",
    ] {
        let answer = shell
            .get(&format!("/v1/apps?{query}"))
            .by("acme", "alice")
            .send();
        answer.expect_problem(400, "invalid-query");
    }
}

#[test]
fn a_reader_that_has_the_answer_gets_304() {
    let shell = Shell::start();
    for path in ["/v1/apps", "/v1/apps/drive"] {
        let full = shell.get(path).by("acme", "alice").send().expect(200);
        let tag = full.header("etag").expect("an ETag").to_owned();
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"other\", {tag}"),
            "*".to_owned(),
        ] {
            let answer = shell
                .get(path)
                .by("acme", "alice")
                .header("if-none-match", known)
                .send();
            let answer = answer.expect(304);
            assert_eq!(answer.body, "");
            assert_eq!(answer.header("content-length"), None);
            assert_eq!(answer.header("etag"), Some(tag.as_str()));
        }
        shell
            .get(path)
            .by("acme", "alice")
            .header("if-none-match", "\"other\"")
            .send()
            .expect(200);
    }
}
