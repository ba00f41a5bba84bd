//! A new database for every test.

use postgres::Client;
use uuid::Uuid;
use xtask::{connection::StoreUrl, services::PgBouncer, test_environment::TestEnvironment};

use crate::own_pgbouncer;

/// A copy of the migrated and seeded template, or an empty database; dropped together with this value.
pub struct TestDatabase {
    superuser: StoreUrl,
    /// The owner's URL of it.
    pub owner: StoreUrl,
    /// The URL that the HTTP functions and the jobs use, with a role that has access to no other database. It is the
    /// URL of a PgBouncer if the run uses one.
    pub runtime: StoreUrl,
}

impl TestDatabase {
    /// Migrated and seeded with `seed-data/`.
    pub fn seeded(environment: &TestEnvironment) -> Self {
        let template = &environment.owner.database;
        let database = Self::create(environment, template);
        database.prepare_roles(template);
        database
    }

    /// Without tables.
    pub fn empty(environment: &TestEnvironment) -> Self {
        Self::create(environment, "template0")
    }

    /// A copy of another test's database, which must have no connections meanwhile.
    pub fn copy_of(environment: &TestEnvironment, other: &Self) -> Self {
        Self::create(environment, &other.owner.database)
    }

    fn create(environment: &TestEnvironment, template: &str) -> Self {
        // As short as the limit of a group's name demands.
        let name = format!("test_{}", &xtask::secret::random_token().unwrap()[..24]);
        let owner = &environment.owner.user;
        let statement =
            format!(r#"CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{owner}""#);
        let mut superuser = environment.superuser.connect().unwrap();
        superuser.batch_execute(&statement).unwrap();
        Self {
            superuser: environment.superuser.clone(),
            owner: environment.owner.with_database(&name),
            runtime: StoreUrl {
                user: format!("{name}_app"),
                ..environment.runtime.with_database(&name)
            },
        }
    }

    /// Does what `migrate` would do in a copy, whose rights belong to the template's group.
    fn prepare_roles(&self, template: &str) {
        let query =
            "SELECT array_agg(DISTINCT p.proname::text) FROM pg_proc p, aclexplode(p.proacl) a
            WHERE p.pronamespace = 'shell'::regnamespace AND a.grantee = $1::text::regrole";
        let group = group_of(template);
        let mut owner = self.as_owner();
        let functions: Vec<String> = owner.query_one(query, &[&group]).unwrap().get(0);
        owner
            .query("SELECT shell.give_rights($1)", &[&functions])
            .unwrap();
        owner
            .query("SELECT shell.restrict_connecting()", &[])
            .unwrap();
        let StoreUrl { user, password, .. } = &self.runtime;
        owner
            .query(
                "SELECT shell.prepare_runtime_role($1, $2)",
                &[user, password],
            )
            .unwrap();
    }

    /// The group that holds the rights of the HTTP functions' role.
    pub fn group(&self) -> String {
        group_of(&self.owner.database)
    }

    /// A connection that row-level security does not apply to.
    pub fn as_superuser(&self) -> Client {
        self.superuser
            .with_database(&self.owner.database)
            .connect()
            .unwrap()
    }

    /// A connection as the role that owns the tables.
    pub fn as_owner(&self) -> Client {
        self.owner.connect().unwrap()
    }

    /// A connection as the role that the HTTP functions use.
    pub fn as_runtime(&self) -> Client {
        self.runtime_itself().connect().unwrap()
    }

    /// The URL of that role at PostgreSQL itself, even if there is a PgBouncer.
    pub fn runtime_itself(&self) -> StoreUrl {
        StoreUrl {
            host: self.owner.host.clone(),
            ..self.runtime.clone()
        }
    }

    /// Makes the HTTP functions and the jobs connect to the test's own PgBouncer, if the run uses one.
    pub fn pooled(mut self, environment: &TestEnvironment) -> (Self, Option<PgBouncer>) {
        let pgbouncer = own_pgbouncer(environment, &self.superuser, &self.owner);
        if let Some(pgbouncer) = &pgbouncer {
            self.runtime.host = pgbouncer.host();
        }
        (self, pgbouncer)
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
        // If the test stopped its server, the databases are removed with it.
        if let Ok(mut superuser) = self.superuser.connect() {
            let _ = superuser.batch_execute(&format!(r#"DROP DATABASE "{name}" WITH (FORCE)"#));
            for role in [&self.runtime.user, &self.group()] {
                let _ = superuser.batch_execute(&format!(r#"DROP ROLE IF EXISTS "{role}""#));
            }
        }
    }
}

fn group_of(database: &str) -> String {
    format!("shell_runtime_{database}")
}
