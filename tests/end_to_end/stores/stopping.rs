//! Invariants 3 and 9: stores that are stopped, that come back, that hang.

use serde_json::json;
use tests::{
    Mode, Proxy, Setup, Shell, audit, on_own_postgres, organizations,
    redis::{connect, run},
    waiting::soon,
};

#[test]
fn redis_stopped_and_back() {
    let mut shell = Shell::start();
    let cache_status = |shell: &Shell| {
        let answer = soon(|| shell.get("/v1/apps/drive").by("acme", "alice").send()).expect(200);
        answer.header("cache-status").unwrap().to_owned()
    };
    assert_eq!(cache_status(&shell), "shell; fwd=miss; stored");
    assert_eq!(cache_status(&shell), "shell; hit");
    shell.redis().kill_hard();
    assert_eq!(cache_status(&shell), "shell; fwd=bypass");
    assert_eq!(cache_status(&shell), "shell; fwd=bypass");
    shell.redis().restart().unwrap();
    assert_eq!(cache_status(&shell), "shell; fwd=miss; stored");
    assert_eq!(cache_status(&shell), "shell; hit");
}

#[test]
fn redis_that_hangs() {
    let mut setup = Setup::seeded();
    let proxy = Proxy::to(&setup.redis().url().host);
    let shell = setup.variable("redis_host", proxy.address()).start();
    let list = || soon(|| shell.get("/v1/apps").by("acme", "alice").send()).expect(200);
    list();
    assert_eq!(list().header("cache-status"), Some("shell; hit"));
    proxy.set(Mode::Hang);
    for _ in 0..3 {
        assert_eq!(list().header("cache-status"), Some("shell; fwd=bypass"));
    }
    proxy.set(Mode::Pass);
    list();
    assert_eq!(list().header("cache-status"), Some("shell; hit"));
}

#[test]
fn what_stands_in_redis_and_is_no_catalogue_is_a_miss() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    shell.get("/v1/apps").by("acme", "alice").send().expect(200);
    let acme = shell.database().organization("acme");
    let key = format!("discovery:default:{acme}:");
    run::<()>(&mut redis, &["SET", &key, "{\"organization\":1}"]);
    let answer = shell.get("/v1/apps").by("acme", "alice").send().expect(200);
    assert_eq!(
        answer.header("cache-status"),
        Some("shell; fwd=miss; stored")
    );
}

#[test]
fn postgresql_stopped_and_back() {
    let (mut postgres, shell) = on_own_postgres(Setup::empty());
    let get = |organization: &str, subject: &str| {
        let token = &shell.sign(&shell.claims(organization, subject));
        (
            shell.get("/v1/apps").bearing(token),
            shell.get("/v1/apps").bearing(token),
        )
    };
    let (acme, acme_later) = get("acme", "alice");
    let (globex, globex_later) = get("globex", "carol");
    acme.send().expect(200);

    postgres.stop();
    // What Redis holds is served while it lasts; what it does not hold is refused.
    let kept = soon(|| acme_later.send()).expect(200);
    assert_eq!(kept.header("cache-status"), Some("shell; hit"));
    let answer = soon(|| globex.send()).expect_problem(503, "unavailable");
    assert!(answer.header("retry-after").is_some());

    postgres.restart().unwrap();
    shell.wait_for_pgbouncer();
    soon(|| globex_later.send()).expect(200);
}

#[test]
fn postgresql_that_hangs() {
    let setup = Setup::seeded();
    let proxy = Proxy::to(&setup.database().runtime.host);
    let shell = setup.variable("database_host", proxy.address()).start();
    // A token that is seen for the first time can only be checked with PostgreSQL.
    let token = shell.token("acme", "alice");
    let acme = || shell.get("/v1/apps").bearing(&token);
    acme().send().expect(200);

    proxy.set(Mode::Hang);
    let globex = || shell.get("/v1/apps").by("globex", "carol");
    for _ in 0..3 {
        soon(|| globex().send()).expect_problem(503, "unavailable");
    }
    assert_eq!(
        soon(|| acme().send()).expect(200).header("cache-status"),
        Some("shell; hit")
    );
    soon(|| shell.get("/health/ready").send()).expect(503);

    proxy.set(Mode::Pass);
    soon(|| globex().send()).expect(200);
}

#[test]
fn a_statement_that_fails_while_it_runs_is_a_problem() {
    let shell = Shell::start();
    let token = shell.token("acme", "alice");
    let list = || soon(|| shell.get("/v1/apps").bearing(&token).send());
    let mut superuser = shell.database().as_superuser();
    let mut locking = superuser.transaction().unwrap();
    locking
        .batch_execute("LOCK TABLE shell.organizations IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    // The role's lock_timeout cancels the statement; a retry can help.
    let answer = list().expect_problem(503, "unavailable");
    assert!(answer.header("x-request-id").is_some());
    locking.rollback().unwrap();

    let group = shell.database().group();
    superuser
        .batch_execute(&format!("REVOKE SELECT ON shell.apps FROM {group}"))
        .unwrap();
    let answer = list().expect_problem(500, "internal");
    assert!(!answer.body.contains("permission"), "{}", answer.body);
    let lines = shell.log_lines();
    let causes: Vec<_> = lines
        .iter()
        .filter_map(|line| line["cause"].as_str())
        .collect();
    assert!(
        causes[0].contains("55P03") && causes[1].contains("42501"),
        "{causes:?}"
    );

    superuser
        .batch_execute(&format!("GRANT SELECT ON shell.apps TO {group}"))
        .unwrap();
    list().expect(200);
    assert!(!shell.output().contains("ended"), "{}", shell.output());
}

#[test]
fn with_both_stores_gone_nobody_gets_anything() {
    let mut setup = Setup::seeded();
    let postgres = Proxy::to(&setup.database().runtime.host);
    let redis = Proxy::to(&setup.redis().url().host);
    let shell = setup
        .variable("database_host", postgres.address())
        .variable("redis_host", redis.address())
        .start();
    shell.get("/v1/apps").by("acme", "alice").send().expect(200);
    for mode in [Mode::Cut, Mode::Hang] {
        postgres.set(mode);
        redis.set(mode);
        let answer = soon(|| shell.get("/v1/apps").by("acme", "alice").send());
        answer.expect_problem(503, "unavailable");
        // A request without a token gets a 401 nevertheless.
        soon(|| shell.get("/v1/apps").send()).expect(401);
    }
}

#[test]
fn postgresql_that_takes_no_writes() {
    let setup = Setup::seeded();
    let runtime = &setup.database().runtime;
    // Not as a setting of the role, which other tests use as well.
    let read_only = format!(
        r#"ALTER ROLE "{}" IN DATABASE "{}" SET default_transaction_read_only = on"#,
        runtime.user, runtime.database
    );
    let mut superuser = setup.database().as_superuser();
    superuser.batch_execute(&read_only).unwrap();
    let shell = setup.start();
    for (method, path, body) in [
        (
            "PUT",
            "/v1/apps/notes",
            json!({
                "name": "Notes", "status": "available",
                "api_url": "https://notes.example/api", "ui_url": "https://notes.example",
            }),
        ),
        ("PUT", "/v1/organizations/initech", organizations::initech()),
        (
            "POST",
            "/v1/apps/drive/heartbeat",
            json!({"ttl_seconds": 60, "health": "healthy"}),
        ),
        ("POST", audit::PATH, audit::event()),
    ] {
        let answer = shell.platform(method, path).json(&body).send();
        let answer = answer.expect_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"), "{method} {path}");
    }
    shell.get("/v1/apps").by("acme", "alice").send().expect(200);
}
