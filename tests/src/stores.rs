//! Stores of a test's own, to be stopped and started again.

use xtask::{
    connection::StoreUrl,
    machine::Programs,
    secret,
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

/// A PostgreSQL that no other test uses, with nothing in it.
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

/// A PgBouncer that no other test uses, before the database of this owner; none where the run has no pooler.
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

/// Whether to leave out a test of what PostgreSQL says to who logs in: through a PgBouncer it is not heard. Each such test
/// is named in `docs/operating.md`.
pub fn is_told_by_pgbouncer(setup: &Setup, why: &str) -> bool {
    let told = setup.environment.pgbouncer.is_some();
    if told {
        eprintln!("left out with PgBouncer: {why}");
    }
    told
}
