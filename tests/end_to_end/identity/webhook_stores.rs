//! Events that arrive while a store is unavailable: they are sent again, and nothing is lost or duplicated.

use serde_json::json;
use tests::{Setup, Shell, event, user_created, waiting::soon, with_own_postgres};

fn kept(shell: &Shell) -> i64 {
    let mut client = shell.database().as_superuser();
    let row = client.query_one("SELECT count(*) FROM shell.webhook_events", &[]);
    row.unwrap().get(0)
}

#[test]
fn postgresql_away_and_back() {
    let (mut postgres, setup) = with_own_postgres(Setup::empty());
    let shell = setup.realm("veni").start();
    let one = user_created("one", &json!({"username": "one", "enabled": true}));
    let two = user_created("two", &json!({"username": "two", "enabled": true}));
    shell.deliver(&one).expect(202);
    postgres.stop();
    for event in [&one, &two] {
        let answer = soon(|| shell.deliver(event)).expect_problem(503, "unavailable");
        assert!(answer.header("retry-after").is_some());
    }
    // An event that is not stored needs no PostgreSQL.
    soon(|| shell.deliver(&event("access.REFRESH_TOKEN", json!({})))).expect(202);
    postgres.restart().unwrap();
    shell.wait_for_pgbouncer();
    for event in [&two, &one, &two] {
        let answer = soon(|| shell.deliver(event)).expect(202);
        assert_eq!(answer.json()["status"], "applied");
    }
    assert_eq!(kept(&shell), 2);
}

#[test]
fn redis_away_and_back() {
    let mut shell = Setup::seeded().realm("veni").start();
    // A user with a cached policy, which Redis must invalidate.
    let statement = "SELECT external_id FROM shell.users WHERE username = 'alice'";
    let mut client = shell.database().as_superuser();
    let alice: String = client.query_one(statement, &[]).unwrap().get(0);
    let disabled = event(
        "admin.USER-UPDATE",
        json!({"resourcePath": format!("users/{alice}"), "representation": r#"{"enabled":false}"#}),
    );
    shell.redis().kill_hard();
    soon(|| shell.deliver(&disabled)).expect_problem(503, "unavailable");
    assert_eq!(kept(&shell), 1);
    shell.redis().restart().unwrap();
    let answer = soon(|| shell.deliver(&disabled)).expect(202);
    assert_eq!(answer.json()["status"], "applied");
    assert_eq!(kept(&shell), 1);
}
