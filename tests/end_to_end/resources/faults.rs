//! `/v1/resources`: invalid requests, and the preconditions of changes.

use serde_json::{Value, json};
use tests::{
    Shell,
    redis::{connect, run},
};

use super::routes::{DOCUMENT, acme};

#[test]
fn who_has_the_right_may() {
    let shell = Shell::start();
    let body = json!({"resources": [{"type": "document", "id": "1"}]});
    // A caller without the right learns only that, whatever else is wrong.
    let unfit = json!({"resources": 1, "properties": 1});
    for (method, path) in [
        ("GET", "/v1/resources"),
        ("GET", "/v1/resources?limit=0"),
        ("POST", "/v1/resources"),
        ("GET", DOCUMENT),
        ("PUT", DOCUMENT),
        ("DELETE", DOCUMENT),
        ("GET", "/v1/resources/document/%00"),
        ("PUT", "/v1/resources/*/1"),
        ("DELETE", "/v1/resources/document/*"),
    ] {
        for body in [&body, &unfit] {
            let request = shell.request(method, path).by("acme", "alice");
            let request = if method == "GET" || method == "DELETE" {
                request
            } else {
                request.json(body)
            };
            // With several resources, the rights that are needed depend on their types and ids.
            let expected = if method == "POST" && body == &unfit {
                422
            } else {
                403
            };
            request.send().expect(expected);
        }
        shell.request(method, path).send().expect(401);
    }
}

#[test]
fn what_stands_may_have_to_be_known() {
    let shell = Shell::start();
    let put = |header: &str, tag: &str, n: u32| {
        let body = json!({"properties": {"n": n}});
        acme(&shell, "PUT", DOCUMENT)
            .header(header, tag)
            .json(&body)
            .send()
    };
    put("if-match", "*", 1).expect_problem(412, "precondition-failed");
    let first = put("if-none-match", "*", 1).expect(201).tag();
    put("if-none-match", "*", 1).expect(412);
    let second = put("if-match", &first, 2).expect(200).tag();
    put("if-match", &first, 3).expect(412);
    // A change may be retried as it was sent.
    assert_eq!(put("if-match", &first, 2).expect(200).tag(), second);
    put("if-none-match", &second, 3).expect(412);
    put("if-match", "*", 3).expect(200);
    let delete = |tag: &str| {
        acme(&shell, "DELETE", DOCUMENT)
            .header("if-match", tag)
            .send()
    };
    delete(&second).expect(412);
    let stands = acme(&shell, "GET", DOCUMENT).send().tag();
    for _ in 0..2 {
        delete(&stands).expect(204);
    }
}

#[test]
fn names_that_cannot_be() {
    let shell = Shell::start();
    let long_type = format!("/v1/resources/{}/1", "x".repeat(101));
    let long_id = format!("/v1/resources/x/{}", "x".repeat(256));
    for (path, pointers) in [
        ("/v1/resources/*/1", &["/type"][..]),
        ("/v1/resources/document/*", &["/id"]),
        ("/v1/resources/document/%2A", &["/id"]),
        ("/v1/resources/%00/a%0Ab", &["/type", "/id"]),
        (&long_type, &["/type"]),
        (&long_id, &["/id"]),
    ] {
        let answer = acme(&shell, "PUT", path).json(&json!({})).send();
        assert_eq!(
            answer.expect_problem(422, "invalid-fields").pointers(),
            pointers
        );
        let read = acme(&shell, "GET", path).send();
        read.expect_problem(404, "unknown-resource");
        acme(&shell, "DELETE", path).send().expect(204);
    }
    for path in [
        "/v1/resources/document",
        "/v1/resources/document/",
        "/v1/resources/document/a/b",
        "/v1/resources/document/%FF",
    ] {
        let answer = acme(&shell, "PUT", path).json(&json!({})).send();
        answer.expect_problem(404, "unknown-path");
    }
    acme(&shell, "PATCH", DOCUMENT).send().expect(405);
}

#[test]
fn properties_that_cannot_be() {
    let shell = Shell::start();
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(64 * 1024));
    let list = format!(r#"{{"a":[{}0]}}"#, "0,".repeat(1_000));
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(64), "]".repeat(64));
    let bottom = format!("/properties/a{}", "/0".repeat(63));
    for (properties, pointer) in [
        ("[]", "/properties"),
        ("\"a\"", "/properties"),
        (&large, "/properties"),
        (&list, "/properties/a"),
        (&deep, &bottom),
        (r#"{"a": {"b": 1, "\u0062": 1}}"#, "/properties/a/b"),
        (r#"{"a": ["\u0000"]}"#, "/properties/a/0"),
        (r#"{"a": "\ud800"}"#, "/properties/a"),
        (r#"{"\ud800": 1}"#, r"/properties/\ud800"),
        (r#"{"a": 1e309}"#, "/properties/a"),
    ] {
        let body = format!(r#"{{"properties":{properties}}}"#);
        let request = acme(&shell, "PUT", DOCUMENT).body("application/json", body);
        let answer = request.send().expect_problem(422, "invalid-fields");
        assert_eq!(answer.pointers(), [pointer], "{properties}");

        let body = format!(
            r#"{{"resources":[{{"type":"a","id":"1"}},{{"type":"a","id":"2","properties":{properties}}}]}}"#
        );
        let request = acme(&shell, "POST", "/v1/resources").body("application/json", body);
        let answer = request.send().expect_problem(422, "invalid-fields");
        assert_eq!(answer.pointers(), [format!("/resources/1{pointer}")]);
    }
    for (body, kind) in [("{", "invalid-json"), ("", "invalid-json")] {
        let request = acme(&shell, "PUT", DOCUMENT).body("application/json", body);
        request.send().expect_problem(400, kind);
    }
    let body = json!({"properties": {"a": "x".repeat(1024 * 1024)}});
    let answer = acme(&shell, "PUT", DOCUMENT).json(&body).send();
    answer.expect_problem(413, "too-large");
    acme(&shell, "GET", DOCUMENT).send().expect(404);
}

#[test]
fn all_of_several_or_none() {
    let shell = Shell::start();
    let post = |resources: Value| {
        let body = json!({"resources": resources});
        acme(&shell, "POST", "/v1/resources").json(&body).send()
    };
    let answer = post(json!([
        {"type": "file", "id": "1"},
        {"type": "file", "id": 1},
        {"type": "*", "properties": {"a": "\u{0}"}},
        {"type": "file", "id": "1", "properties": {"a": 1}},
        [],
    ]));
    let expected = [
        "/resources/1/id",
        "/resources/2/type",
        "/resources/2/id",
        "/resources/2/properties/a",
        "/resources/3",
        "/resources/4",
    ];
    let answer = answer.expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), expected);
    acme(&shell, "GET", "/v1/resources/file/1")
        .send()
        .expect(404);

    let many = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({"type": "file", "id": n.to_string()}))
            .collect()
    };
    for unfit in [json!([]), json!({}), json!(null), many(1_001)] {
        assert_eq!(post(unfit).expect(422).pointers(), ["/resources"]);
    }
    let same: Value = (0..1_000)
        .map(|_| json!({"type": "file", "id": "*"}))
        .collect();
    let pointers = post(same).expect(422).pointers();
    assert_eq!(pointers.len(), 1_000);
}

#[test]
fn questions_that_cannot_be() {
    let shell = Shell::start();
    for query in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "cursor=%25",
        "cursor=QQ",
        "type=",
        "type=%00",
        "type=a&type=b",
    ] {
        let answer = acme(&shell, "GET", &format!("/v1/resources?{query}")).send();
        answer.expect_problem(400, "invalid-query");
    }
    let page = acme(&shell, "GET", "/v1/resources?limit=1").send().json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let path = format!("/v1/resources?type=file&cursor={cursor}");
    acme(&shell, "GET", &path)
        .send()
        .expect_problem(400, "invalid-query");
}

#[test]
fn what_redis_was_not_told_of_may_be_repeated() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let post = || {
        let body = json!({"resources": [{"type": "file", "id": "1"}]});
        acme(&shell, "POST", "/v1/resources").json(&body).send()
    };
    run::<()>(&mut redis, &["CONFIG", "SET", "maxmemory", "1"]);
    post().expect_problem(503, "unavailable");
    run::<()>(&mut redis, &["CONFIG", "SET", "maxmemory", "0"]);
    acme(&shell, "GET", "/v1/resources/file/1")
        .send()
        .expect(200);
    let answer = post().expect(200).json();
    assert_eq!(answer["items"][0]["outcome"], "unchanged");
    for pattern in ["resource:*:4:file:1", "access:*"] {
        let told: Vec<String> = run(&mut redis, &["KEYS", pattern]);
        assert!(!told.is_empty(), "{pattern}");
    }
}
