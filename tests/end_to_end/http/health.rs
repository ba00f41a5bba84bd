//! `/health/live` and `/health/ready`.

use tests::{Mode, Proxy, Setup, Shell};

#[test]
fn a_whole_shell_is_live_and_ready() {
    let shell = Shell::start();
    let live = shell.get("/health/live").send().expect(200);
    assert_eq!(live.json(), serde_json::json!({"status": "live"}));
    let ready = shell.get("/health/ready").send().expect(200);
    assert_eq!(ready.json(), serde_json::json!({"status": "ready"}));
}

#[test]
fn ready_names_what_is_down_and_nothing_of_it() {
    let mut setup = Setup::seeded();
    let postgres = Proxy::to(&setup.database().runtime.host);
    let redis = Proxy::to(&setup.redis().url().host);
    let shell = setup
        .variable("database_host", postgres.address())
        .variable("redis_host", redis.address())
        .start();
    shell.get("/health/ready").send().expect(200);

    redis.set(Mode::Cut);
    let answer = shell
        .get("/health/ready")
        .send()
        .expect_problem(503, "unavailable");
    assert_eq!(answer.json()["down"], serde_json::json!(["redis"]));

    postgres.set(Mode::Cut);
    let answer = shell
        .get("/health/ready")
        .send()
        .expect_problem(503, "unavailable");
    assert_eq!(
        answer.json()["down"],
        serde_json::json!(["postgresql", "redis"])
    );
    assert_eq!(answer.header("retry-after"), Some("1"));
    for secret in [
        postgres.address(),
        redis.address(),
        "127.0.0.1",
        "shell_app",
        "test_",
    ] {
        assert!(!answer.body.contains(secret), "{}", answer.body);
    }
    shell.get("/health/live").send().expect(200);

    postgres.set(Mode::Pass);
    redis.set(Mode::Pass);
    shell.get("/health/ready").send().expect(200);
}

#[test]
fn a_database_that_is_not_migrated_is_not_ready() {
    let shell = Setup::empty().start();
    let answer = shell
        .get("/health/ready")
        .send()
        .expect_problem(503, "unavailable");
    assert_eq!(answer.json()["down"], serde_json::json!(["postgresql"]));
}
