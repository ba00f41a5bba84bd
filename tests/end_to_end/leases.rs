//! `/v1/apps/{slug}/heartbeat`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Answer, Shell};

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
    assert!(during.tag().ends_with("-unhealthy\""));
    assert_eq!(version(&during), version(&before));
    assert_eq!(during.json()["updated_at"], before.json()["updated_at"]);
    let end = during.json()["lease_expires_at"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(end.len(), "2026-01-31T12:00:00.000000Z".len());

    // What Redis keeps outlives the lease, and must not outlast it.
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
