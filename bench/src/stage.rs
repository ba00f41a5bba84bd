//! What a benchmark runs on: a new database, servers, tokens.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use hyper::header::HeaderValue;
use uuid::Uuid;
use xtask::connection::StoreUrl;
use xtask::host::{Application, Output, Server};
use xtask::issuer::{Claims, Issuer};
use xtask::test_environment::TestEnvironment;
use xtask::variables::{self, Variables};
use xtask::{functions, secret, workspace};

/// The callers' organization; it is in the seed data.
pub const ORGANIZATION: &str = "acme";
/// Longer than any benchmark takes.
const LIFETIME: Duration = Duration::from_secs(3600);

/// The services of the run, and a migrated and seeded database on them.
#[derive(Clone)]
pub struct Stage {
    environment: TestEnvironment,
    issuer: Issuer,
    variables: Variables,
    database: String,
}

impl Stage {
    /// With a new database.
    pub fn new(environment: &TestEnvironment) -> Result<Self> {
        let database = copy_template(environment)?;
        let TestEnvironment { owner, runtime, .. } = environment;
        let issuer = Issuer::throwaway()?;
        let variables = variables::resolve(
            &owner.with_database(&database),
            &runtime.with_database(&database),
            &environment.redis,
            &issuer,
            [],
        )?;
        Ok(Self {
            environment: environment.clone(),
            issuer,
            variables,
            database,
        })
    }

    /// The same with another new database: the data in Redis and all tokens are valid for both.
    pub fn twin(&self) -> Result<Self> {
        let mut twin = self.clone();
        twin.database = copy_template(&self.environment)?;
        let variable = ("database_name".to_owned(), twin.database.clone());
        twin.variables.extend([variable]);
        Ok(twin)
    }

    /// Removes the database.
    pub fn close(self) -> Result<()> {
        let statement = format!(r#"DROP DATABASE "{}" WITH (FORCE)"#, self.database);
        let mut superuser = self.environment.superuser.connect()?;
        superuser.batch_execute(&statement)?;
        Ok(())
    }

    /// The services.
    pub fn environment(&self) -> &TestEnvironment {
        &self.environment
    }

    /// The application's variables.
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// A connection to the database that row-level security does not apply to.
    pub fn superuser(&self) -> Result<postgres::Client> {
        self.superuser_url().connect()
    }

    /// The superuser's URL of the database.
    pub fn superuser_url(&self) -> StoreUrl {
        self.environment.superuser.with_database(&self.database)
    }

    /// A connection to Redis.
    pub fn redis(&self) -> Result<redis::Connection> {
        redis::Client::open(self.environment.redis.to_string())?
            .get_connection()
            .context("cannot connect to Redis")
    }

    /// The id of an organization.
    pub fn organization(&self, slug: &str) -> Result<Uuid> {
        let query = "SELECT id FROM shell.organizations WHERE slug = $1::text";
        let row = self.superuser()?.query_one(query, &[&slug])?;
        Ok(row.try_get(0)?)
    }

    /// A new folder for what is started.
    pub fn folder(&self) -> Result<PathBuf> {
        let folder = self.environment.folder.join(secret::random_token()?);
        std::fs::create_dir(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }

    /// Starts the Shell.
    pub fn shell(&self) -> Result<Served> {
        self.serve(&functions::application_manifest(), &self.variables)
    }

    /// Starts the floor.
    pub fn floor(&self) -> Result<Served> {
        self.serve(&floor_manifest(), &self.variables)
    }

    /// Starts the floor as the superuser, past row-level security: a bare INSERT has no tenant.
    pub fn floor_of_superuser(&self) -> Result<Served> {
        let StoreUrl { user, password, .. } = &self.environment.superuser;
        let mut variables = self.variables.clone();
        for (name, value) in [("database_user", user), ("database_password", password)] {
            variables.insert(name.to_owned(), value.clone());
        }
        self.serve(&floor_manifest(), &variables)
    }

    fn serve(&self, manifest: &Path, variables: &Variables) -> Result<Served> {
        let application = Application {
            manifest,
            listen: "127.0.0.1:0",
            store: &self.folder()?,
            variables,
            output: Output::HostAlone,
        };
        let server = Server::start(&self.environment.host, &application)?;
        let address = server.url().strip_prefix("http://").unwrap_or_default();
        let address = address
            .parse()
            .with_context(|| format!("the host serves {}, which is no address", server.url()))?;
        Ok(Served {
            _server: server,
            address,
        })
    }

    /// Makes these users administrators of platform.
    pub fn make_administrators(&self, subjects: impl Iterator<Item = usize>) -> Result<()> {
        let subjects: Vec<_> = subjects.map(|subject| format!("user-{subject}")).collect();
        let statement = "INSERT INTO shell.role_assignments
              (organization_id, subject, role, role_organization_id)
            SELECT o.id, s.subject, 'platform-admin', o.id
            FROM shell.organizations o, unnest($1::text[]) s(subject) WHERE o.slug = 'platform'";
        self.superuser()?.execute(statement, &[&subjects])?;
        Ok(())
    }

    /// The value of the `Authorization` header for each of these users.
    pub fn tokens(&self, subjects: impl Iterator<Item = usize>) -> Result<Vec<HeaderValue>> {
        self.tokens_of(ORGANIZATION, subjects)
    }

    /// The same for users of another organization.
    pub fn tokens_of(
        &self,
        organization: &str,
        subjects: impl Iterator<Item = usize>,
    ) -> Result<Vec<HeaderValue>> {
        let organization = self.organization(organization)?.to_string();
        subjects
            .map(|subject| {
                let subject = format!("user-{subject}");
                let claims = Claims::new(&organization, &subject, LIFETIME)?;
                let token = self.issuer.sign(&claims)?;
                Ok(HeaderValue::try_from(format!("Bearer {token}"))?)
            })
            .collect()
    }
}

fn floor_manifest() -> PathBuf {
    workspace::root().join("bench/floor/spin.toml")
}

/// Creates a new database and returns its name.
fn copy_template(environment: &TestEnvironment) -> Result<String> {
    let TestEnvironment { owner, .. } = environment;
    let database = format!("bench_{}", secret::random_token()?);
    let statement = format!(
        r#"CREATE DATABASE "{database}" TEMPLATE "{}" OWNER "{}""#,
        owner.database, owner.user
    );
    let mut superuser = environment.superuser.connect()?;
    superuser
        .batch_execute(&statement)
        .context("cannot copy the template database")?;
    // Otherwise earlier writes would be flushed to disk during the measurement.
    superuser.batch_execute("CHECKPOINT")?;
    Ok(database)
}

/// A server that stops when it is dropped.
pub struct Served {
    _server: Server,
    /// The address that it listens on.
    pub address: SocketAddr,
}
