//! The reason why a store is unavailable is a fixed phrase, without the store's address or password.

use serde_json::json;
use tests::{
    Proxy, Setup, Shell, TestDatabase, is_told_by_pgbouncer,
    redis::{connect, connect_to, run},
    with_own_postgres,
};
use xtask::{connection::StoreUrl, refused};

const SECRET: &str = "not-the-password";

/// The reason of the last failed request, which is all that the log says about the store.
#[track_caller]
fn cause(shell: &Shell) -> String {
    let output = shell.output();
    assert!(!output.contains(SECRET), "{output}");
    let line = shell.log_lines().pop().unwrap();
    assert!(!line.to_string().contains("127.0.0.1"), "{line}");
    line["cause"].as_str().unwrap_or_default().to_owned()
}

/// Asserts that a catalogue cannot be read, and that the log and readiness give this reason.
#[track_caller]
fn no_postgresql(shell: &Shell, reason: &str) {
    let answer = shell.get("/v1/apps").by("acme", "alice").send();
    let answer = answer.expect_problem(503, "unavailable");
    let cause_told = answer.body.contains("PostgreSQL:");
    assert!(!cause_told, "{}", answer.body);
    assert_eq!(cause(shell), format!("PostgreSQL: {reason}"));
    shell.get("/health/ready").send().expect(503);
    assert_eq!(cause(shell), format!("PostgreSQL: {reason}"));
}

/// Asserts that catalogues are served without Redis, and that readiness gives this reason.
#[track_caller]
fn no_redis(shell: &Shell, reason: &str) {
    shell.get("/v1/apps").by("acme", "alice").send().expect(200);
    let answer = shell.get("/health/ready").send().expect(503);
    assert_eq!(answer.json()["down"], json!(["redis"]));
    assert_eq!(cause(shell), format!("Redis: {reason}"));
}

fn administer(database: &TestDatabase, statement: &str) {
    let name = format!(r#""{}""#, database.owner.database);
    let statement = statement.replace("{database}", &name);
    database.as_superuser().batch_execute(&statement).unwrap();
}

#[test]
fn a_password_that_is_refused() {
    let setup = Setup::seeded().variable("database_password", SECRET);
    no_postgresql(&setup.start(), "password refused");
}

#[test]
fn a_database_that_does_not_exist() {
    let setup = Setup::seeded().variable("database_name", "not_this_one");
    if is_told_by_pgbouncer(
        &setup,
        "it hides which databases there are from whom it looks up",
    ) {
        return;
    }
    no_postgresql(&setup.start(), "no such database");
}

#[test]
fn too_many_connections() {
    let setup = Setup::seeded();
    administer(
        setup.database(),
        "ALTER DATABASE {database} CONNECTION LIMIT 0",
    );
    no_postgresql(&setup.start(), "too many connections");
}

#[test]
fn a_role_that_may_not_log_in_or_not_connect() {
    let setup = Setup::seeded();
    let role = format!("role_of_{}", setup.database().owner.database);
    administer(
        setup.database(),
        &format!(
            "CREATE ROLE {role} PASSWORD '{SECRET}'; REVOKE CONNECT ON DATABASE {{database}} FROM PUBLIC"
        ),
    );
    let shell = setup
        .variable("database_user", &role)
        .variable("database_password", SECRET)
        .start();
    no_postgresql(&shell, "login refused");
    administer(shell.database(), &format!("ALTER ROLE {role} LOGIN"));
    no_postgresql(&shell, "no right to connect to the database");
    administer(shell.database(), &format!("DROP ROLE {role}"));
}

#[test]
fn a_server_that_wants_tls() {
    let (postgres, setup) = with_own_postgres(Setup::empty());
    let TestDatabase { owner, .. } = setup.database();
    let runtime = setup.database().runtime_itself();
    let superuser = postgres.superuser().user;
    let mut client = setup.database().as_superuser();
    let file: String = client.query_one("SHOW hba_file", &[]).unwrap().get(0);
    let method = "127.0.0.1/32 scram-sha-256";
    let entries = format!(
        "host all {superuser},{} {method}\nhostssl all {} {method}\n",
        owner.user, runtime.user
    );
    std::fs::write(file, entries).unwrap();
    client.batch_execute("SELECT pg_reload_conf()").unwrap();
    drop(client);
    let refused = runtime.connect().err().unwrap().to_string();
    assert!(refused.contains("TLS required; "), "{refused}");
    if is_told_by_pgbouncer(&setup, "it has connections from before, by migrate") {
        return;
    }
    no_postgresql(&setup.start(), "TLS required");
}

#[test]
fn a_server_that_nobody_reaches() {
    let setup = Setup::seeded().variable("database_host", "127.0.0.1:1");
    no_postgresql(&setup.start(), "cannot be reached");
}

#[test]
fn a_statement_that_fails_for_such_a_reason() {
    let setup = Setup::seeded();
    administer(
        setup.database(),
        "ALTER DATABASE {database} SET default_transaction_read_only = on",
    );
    let shell = setup.start();
    let change = shell.platform("POST", "/v1/apps/drive/heartbeat");
    let change = change.json(&json!({"ttl_seconds": 60, "health": "healthy"}));
    change.send().expect_problem(503, "unavailable");
    assert_eq!(cause(&shell), "PostgreSQL: takes no writes (25006)");
}

/// As PgBouncer before 1.21 fails in transaction mode, which is mentioned with each of its SQLSTATEs.
#[test]
fn a_pooler_that_keeps_no_prepared_statements() {
    let setup = Setup::seeded();
    setup
        .database()
        .as_superuser()
        .batch_execute(
            "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              RAISE EXCEPTION USING ERRCODE = '26000', MESSAGE = 'prepared statement \"s0\" does not exist';
            END $$;
            CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON shell.app_leases
              FOR EACH ROW EXECUTE FUNCTION public.refuse()",
        )
        .unwrap();
    let shell = setup.start();
    let change = shell.platform("POST", "/v1/apps/drive/heartbeat");
    let change = change.json(&json!({"ttl_seconds": 60, "health": "healthy"}));
    change.send().expect_problem(503, "unavailable");
    let cause = cause(&shell);
    let said = "PostgreSQL: the pooler is in transaction mode without prepared statements: ";
    assert!(
        cause.starts_with(said) && cause.ends_with(" (26000)"),
        "{cause}"
    );
}

#[test]
fn a_redis_that_wants_another_password() {
    for (sent, reason) in [("", "password required"), (SECRET, "password refused")] {
        let mut setup = Setup::seeded();
        let mut redis = connect_to(&setup.redis().url());
        run::<()>(
            &mut redis,
            &["CONFIG", "SET", "requirepass", "the-password"],
        );
        no_redis(&setup.variable("redis_password", sent).start(), reason);
    }
}

#[test]
fn a_redis_that_takes_no_writes() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let mut redis = |command: &[&str]| run::<()>(&mut redis, command);
    shell.get("/health/ready").send().expect(200);

    redis(&["CONFIG", "SET", "maxmemory", "1"]);
    no_redis(&shell, "out of memory");
    redis(&["CONFIG", "SET", "maxmemory", "0"]);

    redis(&["REPLICAOF", "127.0.0.1", "1"]);
    no_redis(&shell, "read-only replica");
    let change = shell.platform("POST", "/v1/apps/drive/heartbeat");
    let change = change.json(&json!({"ttl_seconds": 60, "health": "healthy"}));
    change.send().expect_problem(503, "unavailable");
    assert_eq!(cause(&shell), "Redis: read-only replica");

    redis(&["REPLICAOF", "NO", "ONE"]);
    shell.get("/health/ready").send().expect(200);
}

#[test]
fn both_stores_at_once() {
    let mut setup = Setup::seeded().variable("database_password", SECRET);
    setup.redis().stop();
    let shell = setup.start();
    shell.get("/health/ready").send().expect(503);
    assert_eq!(
        cause(&shell),
        "PostgreSQL: password refused; Redis: cannot be reached"
    );
}

#[test]
fn a_redis_that_hangs() {
    let mut setup = Setup::seeded();
    let proxy = Proxy::to(&setup.redis().url().host);
    let shell = setup.variable("redis_host", proxy.address()).start();
    proxy.set(tests::Mode::Hang);
    no_redis(&shell, "no answer in time");
}

#[test]
fn jobs_say_which_variables_to_look_at() {
    for (variable, value, said) in [
        (
            "migration_database_password",
            SECRET,
            "PostgreSQL: password refused; look at migration_database_user",
        ),
        (
            "database_name",
            "not_this_one",
            "PostgreSQL: no such database; look at database_name",
        ),
        (
            "database_host",
            "127.0.0.1:1",
            "PostgreSQL: cannot be reached; look at database_host",
        ),
    ] {
        let setup = Setup::empty().variable(variable, value);
        for job in ["migrate", "seed", "maintain", "replay"] {
            let failure = setup.job(job, None, &[]).unwrap_err();
            assert!(failure.contains(said), "{job}: {failure}");
            assert!(!failure.contains(SECRET), "{failure}");
        }
    }
}

#[test]
fn the_front_door_says_what_to_do() {
    let mut setup = Setup::empty();
    let owner = setup.database().owner.clone();
    let password = StoreUrl {
        password: SECRET.to_owned(),
        ..owner.clone()
    };
    for (url, said) in [
        (password, "password refused; write the user's password"),
        (
            owner.with_database("not_this_one"),
            "no such database; create it: `CREATE DATABASE \"not_this_one\"",
        ),
    ] {
        let error = url.connect().err().unwrap().to_string();
        assert!(error.contains(said), "{error}");
        assert!(!error.contains(SECRET), "{error}");
    }

    let open = setup.redis().url();
    let secret = StoreUrl {
        password: "a%20b".to_owned(),
        ..open.clone()
    };
    refused::redis(&open).unwrap();
    let check = |url: &StoreUrl, said: &str| {
        let error = refused::redis(url).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert!(
            !error.contains("a b") && !error.contains("a%20b"),
            "{error}"
        );
    };
    check(&secret, "password refused; ");
    let mut redis = connect_to(&open);
    run::<()>(&mut redis, &["CONFIG", "SET", "requirepass", "a b"]);
    check(&open, "password required; write the password");
    refused::redis(&secret).unwrap();
    run::<()>(&mut redis, &["REPLICAOF", "127.0.0.1", "1"]);
    check(&secret, "read-only replica; name the primary");
}
