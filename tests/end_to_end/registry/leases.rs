//! `/v1/apps/{slug}/heartbeat`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    redis::{connect, run},
};

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
fn a_lease_ends_by_itself() {
    let shell = Shell::start();
    let read = || {
        shell
            .get("/v1/apps/drive")
            .by("acme", "alice")
            .send()
            .expect(200)
    };
    let before = read();
    assert_eq!(before.json()["health"], "unknown");
    let answer = beat(
        &shell,
        "drive",
        &json!({"ttl_seconds": 5, "health": "unhealthy"}),
    );
    let started = Instant::now();
    let answer = answer.expect(200);
    assert_eq!(answer.json()["health"], "unhealthy");
    let during = read();
    assert_eq!(during.json(), answer.json());
    assert_eq!(during.tag(), answer.tag());
    assert!(during.tag().contains("-unhealthy-"), "{}", during.tag());
    assert_eq!(version(&during), version(&before));
    assert_eq!(during.json()["updated_at"], before.json()["updated_at"]);
    let end = during.json()["lease_expires_at"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(end.len(), "2026-01-31T12:00:00.000000Z".len());

    // The value in Redis outlives the lease, but must not be served beyond it.
    while read().json()["health"] == "unhealthy" {
        assert!(started.elapsed() < Duration::from_secs(7));
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(started.elapsed() > Duration::from_secs(4));
    assert_eq!(read().body, before.body);
    assert_eq!(read().tag(), before.tag());
    let listed = shell.get("/v1/apps").by("acme", "alice").send().json();
    assert_eq!(listed["items"][1]["health"], "unknown");
}

#[test]
fn heartbeats_are_checked() {
    let shell = Shell::start();
    let both = ["/ttl_seconds", "/health"];
    for (body, expected) in [
        (json!({}), &both[..]),
        (json!({"ttl_seconds": 4, "health": "unknown"}), &both),
        (
            json!({"ttl_seconds": 3601, "health": "healthy"}),
            &both[..1],
        ),
        (json!({"ttl_seconds": "5", "health": "healthy"}), &both[..1]),
    ] {
        let answer = beat(&shell, "drive", &body).expect_problem(422, "invalid-fields");
        assert_eq!(answer.pointers(), expected);
    }
    beat(
        &shell,
        "drive",
        &json!({"ttl_seconds": 3600, "health": "healthy"}),
    )
    .expect(200);
}

/// A reader that revalidates must not rely on a lease that has expired: another lease has another tag.
#[test]
fn a_renewed_lease_has_another_tag() {
    let shell = Shell::start();
    let body = json!({"ttl_seconds": 60, "health": "healthy"});
    beat(&shell, "drive", &body).expect(200);
    let read = |tag: Option<String>| {
        let request = shell.get("/v1/apps/drive").by("acme", "alice");
        match tag {
            Some(tag) => request.header("if-none-match", tag).send(),
            None => request.send(),
        }
    };
    let list = || shell.get("/v1/apps").by("acme", "alice").send();
    let (first, listed) = (read(None).tag(), list().tag());
    read(Some(first.clone())).expect(304);
    beat(&shell, "drive", &body).expect(200);
    let renewed = read(Some(first)).expect(200);
    assert_eq!(renewed.json()["health"], "healthy");
    assert_ne!(list().tag(), listed);
}

/// A lease is not part of any catalogue, and renewing it is no change: it blocks nobody and invalidates nothing.
#[test]
fn a_heartbeat_makes_nothing_else_untrue() {
    let shell = Shell::start();
    let read = |organization: &str| {
        let answer = shell.get("/v1/apps/drive").by(organization, "alice").send();
        let answer = answer.expect(200);
        let health = answer.json()["health"].as_str().unwrap().to_owned();
        (answer.header("cache-status").unwrap().to_owned(), health)
    };
    let counter = "SELECT counter FROM shell.changes";
    let mut superuser = shell.database().as_superuser();
    let before: i64 = superuser.query_one(counter, &[]).unwrap().get(0);
    read("acme");
    read("globex");
    // Every change locks this row; a heartbeat does not need it.
    let mut changing = superuser.transaction().unwrap();
    let lock = "SELECT FROM shell.changes FOR UPDATE";
    changing.batch_execute(lock).unwrap();
    for health in ["healthy", "unhealthy", "healthy"] {
        let body = json!({"ttl_seconds": 60, "health": health});
        beat(&shell, "drive", &body).expect(200);
        let expected = ("shell; hit".to_owned(), health.to_owned());
        assert_eq!(read("acme"), expected);
        assert_eq!(read("globex"), expected);
    }
    changing.rollback().unwrap();
    let after: i64 = superuser.query_one(counter, &[]).unwrap().get(0);
    assert_eq!(after, before);
}

/// If only Redis has lost it, PostgreSQL is asked again.
#[test]
fn leases_that_redis_lost_are_read_from_postgresql() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let body = json!({"ttl_seconds": 60, "health": "healthy"});
    beat(&shell, "drive", &body).expect(200);
    let read = || {
        let answer = shell.get("/v1/apps/drive").by("acme", "alice").send();
        answer.expect(200).json()["health"].clone()
    };
    assert_eq!(read(), "healthy");
    let gone: i64 = run(&mut redis, &["DEL", "app-leases"]);
    assert_eq!(gone, 1);
    assert_eq!(read(), "healthy");
    let back: i64 = run(&mut redis, &["EXISTS", "app-leases"]);
    assert_eq!(back, 1);
}
