//! The data services of an instance, stopped in good order, killed, and found again.

use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;
use xtask::connection;
use xtask::instance::Instance;
use xtask::machine::{PostgresPrograms, RedisProgram};

const MISSING: &str = "PostgreSQL or Redis is missing: `cargo xtask test` brings them";

/// A folder that PostgreSQL can enter, since it runs as another user if the tests run as root.
fn scratch() -> std::io::Result<TempDir> {
    let open = std::fs::Permissions::from_mode(0o755);
    tempfile::Builder::new().permissions(open).tempdir()
}

#[test]
fn postgres_keeps_what_was_committed() {
    let scratch = scratch().unwrap();
    let home = scratch.path();
    let programs = PostgresPrograms::find(None).expect(MISSING);
    let mut instance = Instance::open(home, true).unwrap();
    let mut postgres = instance.start_postgres(&programs).unwrap();
    let owner = instance.owner(&postgres);
    let mut client = owner.connect().unwrap();
    client
        .batch_execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
        .unwrap();

    postgres.kill_hard();
    assert!(owner.connect().is_err());
    postgres.restart().unwrap();

    let mut client = owner.connect().unwrap();
    let row = client.query_one("SELECT n FROM kept", &[]).unwrap();
    assert_eq!(row.get::<_, i32>(0), 1);
    let role = "SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user";
    let row = client.query_one(role, &[]).unwrap();
    assert_eq!((row.get(0), row.get(1)), (false, true));

    drop(postgres);
    instance.close().unwrap();
    assert!(!home.exists());
}

#[test]
fn redis_comes_back_empty_on_its_port() {
    let program = RedisProgram::find().expect(MISSING);
    let scratch = scratch().unwrap();
    let home = scratch.path();
    let mut instance = Instance::open(home, true).unwrap();
    let mut redis = instance.start_redis(&program).unwrap();
    let url = redis.url();
    redis.kill_hard();
    assert!(connection::reach(&url.host).is_err());
    redis.restart().unwrap();
    assert_eq!(redis.url(), url);
    connection::reach(&url.host).unwrap();
    redis.stop();
    assert!(connection::reach(&url.host).is_err());
    drop(redis);
    instance.close().unwrap();
}

/// Leaking the handles has the effect of a killed run: its servers keep running, and its files stay.
#[test]
fn what_a_killed_run_left_is_stopped_and_its_data_found() {
    let programs = PostgresPrograms::find(None).expect(MISSING);
    let scratch = scratch().unwrap();
    let home = scratch.path();
    let mut instance = Instance::open(home, false).unwrap();
    let postgres = instance.start_postgres(&programs).unwrap();
    let owner = instance.owner(&postgres);
    owner
        .connect()
        .unwrap()
        .batch_execute("CREATE TABLE kept ()")
        .unwrap();
    std::mem::forget(postgres);
    drop(instance);

    let mut instance = Instance::open(home, false).unwrap();
    assert!(owner.connect().is_err());
    let postgres = instance.start_postgres(&programs).unwrap();
    let owner = instance.owner(&postgres);
    owner
        .connect()
        .unwrap()
        .batch_execute("SELECT FROM kept")
        .unwrap();
    drop(postgres);
    drop(instance);
}
