//! Changes of `/v1/apps`: registering, retiring, enabling, leases.

use serde_json::{Value, json};
use tests::{Answer, Shell};

fn notes() -> Value {
    json!({
        "name": "Notes",
        "description": "What people\nwrite down",
        "category": "writing",
        "api_url": "https://notes.example/api",
        "ui_url": "https://notes.example",
        "status": "available",
        "metadata": {"team": "blue", "ports": [1, 2.5]},
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut app = notes();
    app[field] = value;
    app
}

#[track_caller]
fn put(shell: &Shell, app: &Value) -> Answer {
    shell.platform("PUT", "/v1/apps/notes").json(app).send()
}

fn beat(shell: &Shell, slug: &str, body: &Value) -> Answer {
    let path = format!("/v1/apps/{slug}/heartbeat");
    shell.platform("POST", &path).json(body).send()
}

fn version(answer: &Answer) -> u64 {
    let tag = answer.tag();
    let (version, _) = tag.trim_matches('"').split_once('-').expect("a health");
    version.parse().unwrap()
}

#[test]
fn registering_is_seen_by_the_next_read() {
    let shell = Shell::start();
    let mut expected = notes();
    let created = put(&shell, &expected).expect(201);
    expected["slug"] = json!("notes");
    expected["health"] = json!("unknown");
    expected["lease_expires_at"] = json!(null);
    expected["updated_at"] = created.json()["updated_at"].clone();
    assert_eq!(created.json(), expected);

    let read = || shell.platform("GET", "/v1/apps/notes").send().expect(200);
    assert_eq!(read().json(), expected);
    assert_eq!(read().tag(), created.tag());
    let replaced = put(&shell, &with("status", json!("maintenance"))).expect(200);
    assert!(version(&replaced) > version(&created));
    assert_eq!(read().json()["status"], "maintenance");
    assert_eq!(read().tag(), replaced.tag());
}

#[test]
fn a_repeated_put_changes_nothing() {
    let shell = Shell::start();
    let first = put(&shell, &notes()).expect(201);
    let second = put(&shell, &with("unknown", json!("ignored"))).expect(200);
    assert_eq!(first.body, second.body);
    assert_eq!(first.tag(), second.tag());
}

#[test]
fn a_put_replaces_the_whole() {
    let shell = Shell::start();
    put(&shell, &notes()).expect(201);
    let mut short = notes();
    for field in ["description", "category", "metadata"] {
        short.as_object_mut().unwrap().remove(field);
    }
    let replaced = put(&shell, &short).expect(200).json();
    assert_eq!(replaced["description"], "");
    assert_eq!(replaced["category"], "");
    assert_eq!(replaced["metadata"], json!({}));
}

#[test]
fn if_match_compares_the_version_alone() {
    let shell = Shell::start();
    let put_if = |tag: &str, app: &Value| {
        let request = shell
            .platform("PUT", "/v1/apps/notes")
            .header("if-match", tag);
        request.json(app).send()
    };
    put_if("*", &notes()).expect_problem(412, "precondition-failed");
    put_if("\"1-unknown\"", &notes()).expect_problem(412, "precondition-failed");
    let first = put(&shell, &notes()).expect(201);
    beat(
        &shell,
        "notes",
        &json!({"ttl_seconds": 60, "health": "healthy"}),
    )
    .expect(200);
    let second = put_if(&first.tag(), &with("name", json!("N2"))).expect(200);
    assert!(second.tag().contains("-healthy-"), "{}", second.tag());
    for stale in [&*first.tag(), "\"x\"", "W/\"1\"", ""] {
        put_if(stale, &notes()).expect_problem(412, "precondition-failed");
        let retire = shell
            .platform("DELETE", "/v1/apps/notes")
            .header("if-match", stale);
        retire.send().expect_problem(412, "precondition-failed");
    }
    put_if(&format!("\"0\", {}", second.tag()), &notes()).expect(200);
    put_if("*", &with("name", json!("N3"))).expect(200);
    let retire = shell
        .platform("DELETE", "/v1/apps/notes")
        .header("if-match", "*");
    retire.send().expect(204);
}

#[test]
fn if_none_match_keeps_what_is_there() {
    let shell = Shell::start();
    let put_if = |headers: &[(&str, &str)], app: &Value| {
        let mut request = shell.platform("PUT", "/v1/apps/notes").json(app);
        for (name, tags) in headers {
            request = request.header(name, tags);
        }
        request.send()
    };
    let first = put_if(&[("if-none-match", "*")], &notes()).expect(201);
    let other = with("name", json!("N2"));
    let tag = first.tag();
    let weak = format!("W/{tag}");
    for headers in [
        &[("if-none-match", "*")][..],
        &[("if-none-match", &tag)],
        &[("if-none-match", &weak)],
        &[("if-match", &tag), ("if-none-match", "*")],
    ] {
        put_if(headers, &other).expect_problem(412, "precondition-failed");
        // Only `If-Match` is ignored if the app already is as requested.
        put_if(headers, &notes()).expect_problem(412, "precondition-failed");
    }
    let stale = &[("if-match", "\"0\""), ("if-none-match", "\"1\"")];
    put_if(stale, &other).expect_problem(412, "precondition-failed");
    put_if(stale, &notes()).expect(200);
    let retire = shell.platform("DELETE", "/v1/apps/notes");
    let retire = retire.header("if-none-match", "*").send();
    retire.expect_problem(412, "precondition-failed");
    put_if(&[("if-match", &tag), ("if-none-match", "\"0\", x")], &other).expect(200);
    put_if(&[("if-none-match", &tag)], &notes()).expect(200);
}

#[test]
fn numbers_in_metadata_come_back_or_are_refused() {
    let shell = Shell::start();
    let put = |metadata: &str| {
        let body = with("metadata", json!("here")).to_string();
        let request = shell.platform("PUT", "/v1/apps/notes");
        request
            .body("application/json", body.replace(r#""here""#, metadata))
            .send()
    };
    let digits = "123456789012345678901234567890";
    let written = put(&format!(
        r#"{{"a":{digits},"b":1.50,"c":[-{digits}.5,6e2,1e400]}}"#
    ));
    let read = shell.platform("GET", "/v1/apps/notes").send().expect(200);
    for answer in [written.expect(201), read] {
        let body = answer.body.replace(' ', "");
        let long = format!("1{}", "0".repeat(400));
        let expected = format!(r#"{{"a":{digits},"b":1.50,"c":[-{digits}.5,600,{long}]}}"#);
        assert!(body.contains(&expected), "{body}");
    }
    let refused = put(r#"{"a":[0,1e1000],"b":1e-131072,"c":{"a":1e131072,"a":1}}"#);
    let refused = refused.expect_problem(422, "invalid-fields");
    assert_eq!(
        refused.pointers(),
        ["/metadata/a/1", "/metadata/b", "/metadata/c/a"]
    );
}

#[test]
fn an_integer_may_have_a_point() {
    let shell = Shell::start();
    let beat = |ttl: &str| {
        let body = format!(r#"{{"ttl_seconds":{ttl},"health":"healthy"}}"#);
        let request = shell.platform("POST", "/v1/apps/drive/heartbeat");
        request.body("application/json", body).send()
    };
    beat("60.0").expect(200);
    beat("6e1").expect(200);
    let refused = beat("60.5").expect_problem(422, "invalid-fields");
    assert_eq!(refused.pointers(), ["/ttl_seconds"]);
}

#[test]
fn every_invalid_field_is_reported_at_once() {
    let shell = Shell::start();
    let request = shell.platform("PUT", "/v1/apps/Not%20a%20slug");
    let body = json!({
        "name": "", "description": 1, "category": "x".repeat(201), "api_url": "ftp://x",
        "status": "new", "metadata": "text",
    });
    let answer = request.json(&body).send();
    let answer = answer.expect_problem(422, "invalid-fields");
    let expected = [
        "/slug",
        "/name",
        "/description",
        "/category",
        "/api_url",
        "/ui_url",
        "/status",
        "/metadata",
    ];
    assert_eq!(answer.pointers(), expected);
    for (body, pointer) in [
        (
            with("metadata", json!({"k": "x".repeat(16 * 1024)})),
            "/metadata",
        ),
        (with("metadata", json!({"k": "a\0b"})), "/metadata/k"),
        (with("name", json!("a\0b")), "/name"),
        (json!([]), ""),
        (json!("text"), ""),
    ] {
        let answer = put(&shell, &body).expect_problem(422, "invalid-fields");
        assert_eq!(answer.pointers(), [pointer]);
    }
    shell.platform("GET", "/v1/apps/notes").send().expect(404);
}

#[test]
fn only_platform_writes() {
    let shell = Shell::start();
    let paths = [
        ("PUT", "/v1/apps/notes"),
        ("DELETE", "/v1/apps/drive"),
        ("PUT", "/v1/apps/drive/organizations/acme"),
        ("DELETE", "/v1/apps/drive/organizations/acme"),
        ("POST", "/v1/apps/drive/heartbeat"),
    ];
    let mut body = notes();
    body["ttl_seconds"] = json!(5);
    body["health"] = json!("healthy");
    for (method, path) in paths {
        let anonymous = shell.request(method, path).json(&body).send();
        anonymous.expect_problem(401, "unauthenticated");
        let member = shell.request(method, path).by("acme", "admin").json(&body);
        member.send().expect_problem(403, "forbidden");
        let nobody = shell
            .platform(method, path)
            .header("shell-organization", "initech");
        nobody.json(&body).send().expect_problem(403, "forbidden");
    }
    let acme = shell.get("/v1/apps").by("acme", "alice").send();
    assert_eq!(acme.slugs(), ["chat", "drive", "hrm", "shell"]);
    // The caller's own rights stay those held in platform, whatever organization the caller acts for.
    let acting = shell
        .platform("PUT", "/v1/apps/notes")
        .header("shell-organization", "acme");
    acting.json(&notes()).send().expect(201);
}

#[test]
fn retiring_is_final_and_a_later_put_starts_anew() {
    let shell = Shell::start();
    let first = put(&shell, &notes()).expect(201);
    shell
        .platform("PUT", "/v1/apps/notes/organizations/acme")
        .send()
        .expect(201);
    beat(
        &shell,
        "notes",
        &json!({"ttl_seconds": 60, "health": "healthy"}),
    )
    .expect(200);
    let read = |organization: &str| shell.get("/v1/apps/notes").by(organization, "x").send();
    read("acme").expect(200);
    read("platform").expect(200);
    for _ in ["the first", "repeated"] {
        let retired = shell.platform("DELETE", "/v1/apps/notes").send();
        assert_eq!(retired.expect(204).body, "");
        read("acme").expect_problem(404, "unknown-app");
        read("platform").expect_problem(404, "unknown-app");
    }
    let anew = put(&shell, &notes()).expect(201);
    assert!(version(&anew) > version(&first));
    assert!(anew.tag().ends_with("-unknown\""));
    read("acme").expect_problem(404, "unknown-app");
    let stale = shell
        .platform("DELETE", "/v1/apps/notes")
        .header("if-match", first.tag());
    stale.send().expect_problem(412, "precondition-failed");
}

#[test]
fn two_at_once_decide_one_after_the_other() {
    let shell = Shell::start();
    let at_once = |tag: Option<&str>| {
        let statuses = std::thread::scope(|scope| {
            let putting = (0..8).map(|writer| {
                let app = with("name", json!(format!("Writer {writer} after {tag:?}")));
                let shell = &shell;
                scope.spawn(move || {
                    let request = shell.platform("PUT", "/v1/apps/notes").json(&app);
                    let request = match tag {
                        Some(tag) => request.header("if-match", tag),
                        None => request,
                    };
                    request.send().status
                })
            });
            let threads: Vec<_> = putting.collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, u16>| thread.join().unwrap();
            threads.into_iter().map(join).collect::<Vec<_>>()
        });
        let count = |status| statuses.iter().filter(|s| **s == status).count();
        (count(201), count(200), count(412))
    };
    assert_eq!(at_once(None), (1, 7, 0));
    let stands = shell.platform("GET", "/v1/apps/notes").send().expect(200);
    assert_eq!(at_once(Some(&stands.tag())), (0, 1, 7));
}

#[test]
fn a_change_that_redis_was_not_told_of_stands_and_can_be_repeated() {
    let mut shell = Shell::start();
    shell.platform("GET", "/v1/apps").send().expect(200);
    shell.redis().kill_hard();
    let answer = put(&shell, &notes()).expect_problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    shell.redis().restart().unwrap();
    put(&shell, &notes()).expect(200);
    shell.platform("GET", "/v1/apps/notes").send().expect(200);
}
