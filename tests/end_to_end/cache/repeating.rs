//! A change that could not be written to Redis is answered with 503 and is in force: it is safe to retry, also with the
//! `If-Match` that it was sent with.

use serde_json::{Value, json};
use tests::{
    Answer, Shell, organizations,
    redis::{connect, run},
};

fn put_if(shell: &Shell, path: &str, tag: &str, body: &Value) -> Answer {
    let request = shell.platform("PUT", path).header("if-match", tag);
    request.json(body).send()
}

fn drive() -> (&'static str, Value) {
    let app = json!({
        "name": "Drive", "status": "available",
        "api_url": "https://drive.example/api", "ui_url": "https://drive.example",
    });
    ("/v1/apps/drive", app)
}

#[test]
fn a_put_is_repeated_with_its_if_match() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let initech = ("/v1/organizations/initech", organizations::initech());
    for (path, mut body) in [drive(), initech] {
        let first = shell.platform("PUT", path).json(&body).send();
        assert!([200, 201].contains(&first.status), "{first:?}");
        body["name"] = json!("New");
        run::<()>(&mut redis, &["CONFIG", "SET", "maxmemory", "1"]);
        let untold = put_if(&shell, path, &first.tag(), &body);
        untold.expect_problem(503, "unavailable");
        run::<()>(&mut redis, &["CONFIG", "SET", "maxmemory", "0"]);

        let repeated = put_if(&shell, path, &first.tag(), &body).expect(200);
        assert_ne!(repeated.tag(), first.tag());
        let read = shell.platform("GET", path).send().expect(200);
        assert_eq!((read.tag(), read.json()), (repeated.tag(), repeated.json()));
        // Any other change than the stored one is a conflict.
        body["name"] = json!("Another");
        let other = put_if(&shell, path, &first.tag(), &body);
        other.expect_problem(412, "precondition-failed");
    }
}

#[test]
fn a_delete_is_repeated_with_its_if_match() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let (path, app) = drive();
    let tag = shell.platform("PUT", path).json(&app).send().tag();
    let delete = || {
        let request = shell.platform("DELETE", path).header("if-match", &tag);
        request.send()
    };
    run::<()>(&mut redis, &["CONFIG", "SET", "maxmemory", "1"]);
    delete().expect_problem(503, "unavailable");
    run::<()>(&mut redis, &["CONFIG", "SET", "maxmemory", "0"]);
    delete().expect(204);
    shell.get(path).by("acme", "alice").send().expect(404);
}

/// Equal numbers may be written in two ways; a change of the digits alone is a change, not a repetition.
#[test]
fn metadata_that_differs_in_its_digits_alone_is_no_repeat() {
    let shell = Shell::start();
    let put = |number: &str| {
        let body = format!(
            r#"{{"name":"Notes","api_url":"https://n.example/api","ui_url":"https://n.example",
            "status":"available","metadata":{{"a":{number}}}}}"#
        );
        let request = shell.platform("PUT", "/v1/apps/notes");
        request.body("application/json", body).send()
    };
    let first = put("1.50").expect(201);
    let second = put("1.5").expect(200);
    assert_ne!(first.tag(), second.tag());
    let read = shell.platform("GET", "/v1/apps/notes").send().expect(200);
    assert_eq!(read.body, second.body);
    assert!(read.body.contains("1.5}"), "{}", read.body);
}
