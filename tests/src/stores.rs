//! Separate stores for a test, which can be stopped and started again.

use std::{
    fs::Permissions,
    os::unix::fs::PermissionsExt as _,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use xtask::{
    connection::StoreUrl,
    machine::{Programs, User},
    process, secret,
    services::{Cluster, PgBouncer, Postgres, Redis},
    test_environment::TestEnvironment,
};

use crate::Setup;

/// A Redis that no other test uses.
pub fn own_redis(environment: &TestEnvironment) -> Redis {
    let programs = Programs::ensure(false, true, None).unwrap();
    let folder = environment.folder.join(secret::random_token().unwrap());
    std::fs::create_dir(&folder).unwrap();
    Redis::start(&programs.redis.unwrap(), &folder, None).unwrap()
}

/// An empty PostgreSQL that no other test uses.
pub fn own_postgres(environment: &TestEnvironment) -> Postgres {
    let programs = Programs::ensure(true, false, None).unwrap();
    let folder = environment.folder.join(secret::random_token().unwrap());
    let cluster = Cluster {
        log: folder.with_added_extension("log"),
        folder,
        made: false,
        password: secret::random_token().unwrap(),
        preferred_port: None,
        disposable: true,
    };
    Postgres::start(&programs.postgres.unwrap(), cluster).unwrap()
}

/// A PgBouncer that no other test uses, in front of this owner's database; `None` if the run has no pooler.
pub fn own_pgbouncer(
    environment: &TestEnvironment,
    superuser: &StoreUrl,
    owner: &StoreUrl,
) -> Option<PgBouncer> {
    let mode = environment.pgbouncer?;
    let program = mode.program().unwrap();
    let folder = environment.folder.join(secret::random_token().unwrap());
    std::fs::create_dir(&folder).unwrap();
    Some(PgBouncer::start(&program, &folder, mode, superuser, owner).unwrap())
}

/// A synchronous standby: from now on, the server commits nothing that the standby does not have.
pub fn synchronous_standby(environment: &TestEnvironment, primary: &Postgres) -> Postgres {
    const NAME: &str = "standby";
    let programs = Programs::ensure(true, false, None).unwrap();
    let programs = programs.postgres.unwrap();
    let superuser = primary.superuser();
    let folder = environment.folder.join(secret::random_token().unwrap());
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    let mut copying = Command::new(programs.beside("pg_basebackup").unwrap());
    copying
        .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"])
        .arg(format!("--dbname={superuser}?application_name={NAME}"))
        .arg("--pgdata")
        .arg(&folder)
        .current_dir(&folder);
    if let Some(user) = User::instead_of_root().unwrap() {
        user.give(&folder).unwrap();
        user.run(&mut copying);
    }
    process::run_quietly("pg_basebackup", &mut copying).unwrap();
    let cluster = Cluster {
        log: folder.with_added_extension("log"),
        folder,
        made: true,
        password: superuser.password.clone(),
        preferred_port: None,
        disposable: true,
    };
    let standby = Postgres::start(&programs, cluster).unwrap();
    let mut superuser = superuser.connect().unwrap();
    for statement in [
        &format!("ALTER SYSTEM SET synchronous_standby_names = '{NAME}'"),
        "SELECT pg_reload_conf()",
    ] {
        superuser.batch_execute(statement).unwrap();
    }
    follows(primary);
    standby
}

/// Waits until the standby has everything that the server has.
pub fn follows(primary: &Postgres) {
    let mut superuser = primary.superuser().connect().unwrap();
    let query = "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')";
    let begun = Instant::now();
    while !superuser.query_one(query, &[]).unwrap().get::<_, bool>(0) {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether to skip a test of the errors that PostgreSQL returns at login, because PgBouncer does not pass them on. Each
/// such test is named in `docs/operating.md`.
pub fn is_told_by_pgbouncer(setup: &Setup, why: &str) -> bool {
    let told = setup.environment.pgbouncer.is_some();
    if told {
        eprintln!("left out with PgBouncer: {why}");
    }
    told
}
