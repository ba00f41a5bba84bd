use super::*;
use crate::stub::{Stub, TOKEN};

fn problem(title: &str) -> String {
    serde_json::json!({"type": "urn:x", "title": title, "status": 403, "detail": "so it is"})
        .to_string()
}

#[test]
fn the_token_and_the_organization_go_along() {
    let stub = Stub::answering([(200, "", "{}".to_owned()), (200, "", "{}".to_owned())]);
    assert_eq!(
        stub.client(Some("acme")).post("/a", "{\"b\":1}").unwrap(),
        "{}"
    );
    stub.client(None).post("/a", "").unwrap();
    let requests = stub.requests();
    let (head, body) = &requests[0];
    assert!(head.starts_with("post /a http/1.1\r\n"), "{head}");
    let token = TOKEN.to_lowercase();
    for line in [
        &format!("authorization: bearer {token}"),
        "content-type: application/json",
        "shell-organization: acme",
    ] {
        assert!(head.lines().any(|l| l == line), "no {line}: {head}");
    }
    assert_eq!(body, "{\"b\":1}");
    assert!(!requests[1].0.contains("shell-organization"));
}

#[test]
fn who_cannot_answer_now_is_asked_again_a_few_times() {
    for status in [429, 502, 503, 504] {
        let busy = || (status, "retry-after: 0\r\n", String::new());
        let stub = Stub::answering([busy(), busy(), busy(), (200, "", "{}".to_owned())]);
        assert!(stub.client(None).post("/", "").is_ok());
        let stub = Stub::answering([busy(), busy(), busy(), busy(), (200, "", "{}".to_owned())]);
        let failure = stub.client(None).post("/", "").unwrap_err();
        assert_eq!(failure.status, Some(status));
        assert!(failure.next.contains("try again later"), "{failure}");
        assert_eq!(stub.requests().len(), 4);
    }
}

#[test]
fn no_other_answer_is_asked_for_twice() {
    for (status, what, next) in [
        (
            400,
            "the answer is not a decision (400: No; so it is)",
            "as new as",
        ),
        (
            401,
            "the token is not accepted (401: No; so it is)",
            "get a new one",
        ),
        (
            403,
            "the token may not ask this (403: No; so it is)",
            "`evaluate` on `decision:*`",
        ),
        (
            404,
            "the answer is not a decision (404: No; so it is)",
            "is the address right",
        ),
        (
            500,
            "the answer is not a decision (500: No; so it is)",
            "as new as",
        ),
    ] {
        let stub = Stub::answering([(status, "", problem("No")), (200, "", "{}".to_owned())]);
        let failure = stub.client(None).post("/", "").unwrap_err();
        assert_eq!(
            (failure.what.as_str(), failure.status),
            (what, Some(status))
        );
        assert!(failure.next.contains(next), "{failure}");
        assert_eq!(stub.requests().len(), 1);
    }
}

#[test]
fn the_token_is_taken_nowhere_else() {
    let other = Stub::answering([(200, "", "{}".to_owned())]);
    for status in [301, 302, 303, 307, 308] {
        let to: &'static str = format!("location: {}/\r\n", other.url).leak();
        let stub = Stub::answering([(status, to, String::new())]);
        let failure = stub.client(None).post("/", "{}").unwrap_err();
        assert!(
            failure.next.contains("the address that the Shell itself"),
            "{failure}"
        );
    }
    assert_eq!(other.requests().len(), 0);
}

#[test]
fn what_is_said_has_an_end_and_not_the_token() {
    let stub = Stub::answering([
        (400, "", problem(&format!("You sent {TOKEN}"))),
        (400, "", problem(&"x".repeat(10_000))),
        (400, "", format!("<html>{TOKEN}")),
    ]);
    let client = stub.client(None);
    let failures = [(); 3].map(|()| client.post("/", "").unwrap_err().to_string());
    assert!(
        failures[0].contains("You sent [token]; so it is"),
        "{failures:?}"
    );
    assert!(
        failures[1].len() < 700 && failures[2].starts_with("the answer is not a decision (400): ")
    );
    assert!(failures.iter().all(|failure| !failure.contains(TOKEN)));
}

#[test]
fn nobody_waits_longer_than_ten_seconds_at_once() {
    let mut headers = HeaderMap::new();
    assert_eq!(wait(&headers), None);
    headers.insert("retry-after", "3600".parse().unwrap());
    assert_eq!(wait(&headers), Some(LONGEST_WAIT));
    headers.insert(
        "retry-after",
        "Wed, 21 Oct 2026 07:28:00 GMT".parse().unwrap(),
    );
    assert_eq!(wait(&headers), None);
}
