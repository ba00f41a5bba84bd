//! Shells with separate stores, which a test can stop and start again.

use xtask::{
    connection::StoreUrl, services, services::Postgres, test_environment::TestEnvironment,
};

use crate::{Setup, Shell, TestDatabase, own_postgres};

/// A Shell with a separate PostgreSQL.
pub fn on_own_postgres(setup: Setup) -> (Postgres, Shell) {
    let (postgres, setup) = with_own_postgres(setup);
    (postgres, setup.start())
}

/// The same before it is started.
pub fn with_own_postgres(setup: Setup) -> (Postgres, Setup) {
    let environment = setup.environment.clone();
    drop(setup);
    let postgres = own_postgres(&environment);
    let setup = on_postgres_at(&postgres.superuser(), environment);
    (postgres, setup)
}

/// On an empty server with this superuser's URL.
pub fn on_postgres_at(superuser: &StoreUrl, environment: TestEnvironment) -> Setup {
    let there = |url: &StoreUrl| StoreUrl {
        host: superuser.host.clone(),
        ..url.clone()
    };
    let environment = TestEnvironment {
        owner: there(&environment.owner),
        runtime: there(&environment.runtime),
        superuser: superuser.clone(),
        ..environment
    };
    services::create_owner(superuser, &environment.owner).unwrap();
    let database = TestDatabase::empty(&environment);
    let setup = Setup::on(environment, database);
    setup.job("migrate", None, &[]).unwrap();
    setup.job("seed", None, &[]).unwrap();
    setup
}
