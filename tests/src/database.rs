//! A fresh database for every test.

use postgres::Client;
use uuid::Uuid;
use xtask::{connection::StoreUrl, test_environment::TestEnvironment};

/// A copy of the migrated and seeded template, or an empty one; dropped with the value.
pub struct TestDatabase {
    superuser: StoreUrl,
    /// The owner's address of it.
    pub owner: StoreUrl,
    /// The runtime role's address of it.
    pub runtime: StoreUrl,
}

impl TestDatabase {
    /// Migrated and seeded with `seed-data/`.
    pub fn seeded(environment: &TestEnvironment) -> Self {
        Self::create(environment, &environment.owner.database)
    }

    /// Without any table.
    pub fn empty(environment: &TestEnvironment) -> Self {
        Self::create(environment, "template0")
    }

    fn create(environment: &TestEnvironment, template: &str) -> Self {
        let name = format!("test_{}", xtask::secret::random_token().unwrap());
        let owner = &environment.owner.user;
        let statement =
            format!(r#"CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{owner}""#);
        let mut superuser = environment.superuser.connect().unwrap();
        superuser.batch_execute(&statement).unwrap();
        Self {
            superuser: environment.superuser.clone(),
            owner: environment.owner.with_database(&name),
            runtime: environment.runtime.with_database(&name),
        }
    }

    /// A connection that no policy holds back.
    pub fn as_superuser(&self) -> Client {
        self.superuser
            .with_database(&self.owner.database)
            .connect()
            .unwrap()
    }

    /// A connection of the role that owns the tables.
    pub fn as_owner(&self) -> Client {
        self.owner.connect().unwrap()
    }

    /// A connection of the role that the HTTP functions use.
    pub fn as_runtime(&self) -> Client {
        self.runtime.connect().unwrap()
    }

    /// An organization's id.
    #[track_caller]
    pub fn organization(&self, slug: &str) -> Uuid {
        let query = "SELECT id FROM shell.organizations WHERE slug = $1::text";
        self.as_superuser()
            .query_one(query, &[&slug])
            .unwrap()
            .get(0)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let name = &self.owner.database;
        // A server that the test stopped takes its databases with it.
        if let Ok(mut superuser) = self.superuser.connect() {
            let _ = superuser.batch_execute(&format!(r#"DROP DATABASE "{name}" WITH (FORCE)"#));
        }
    }
}
