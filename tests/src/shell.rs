//! A running Shell, and requests to it.

use std::{path::PathBuf, thread, time::Duration};

use serde_json::Value;
use uuid::Uuid;
use xtask::{
    functions,
    host::{Application, Output, Server},
    issuer::{Claims, Issuer},
    secret,
    services::{PgBouncer, Redis},
    test_environment::TestEnvironment,
    variables::{self, Variables},
};

use crate::{Answer, Folder, RunningJob, TestDatabase, export, job, own_redis};

/// The configuration of a Shell; whatever is not set is as in the seed data.
pub struct Setup {
    /// The services of the run.
    pub environment: TestEnvironment,
    _pgbouncer: Option<PgBouncer>,
    database: TestDatabase,
    redis: Redis,
    issuer: Issuer,
    manifest: PathBuf,
    variables: Variables,
}

impl Setup {
    /// On a new database with the seed data.
    pub fn seeded() -> Self {
        let environment = environment();
        let database = TestDatabase::seeded(&environment);
        Self::on(environment, database)
    }

    /// On a database without tables.
    pub fn empty() -> Self {
        let environment = environment();
        let database = TestDatabase::empty(&environment);
        Self::on(environment, database)
    }

    /// On a database in other stores than the run's.
    pub fn on(environment: TestEnvironment, database: TestDatabase) -> Self {
        let issuer = Issuer::throwaway().unwrap();
        let redis = own_redis(&environment);
        let (database, pgbouncer) = database.pooled(&environment);
        let TestDatabase { owner, runtime, .. } = &database;
        let variables = variables::resolve(owner, runtime, &redis.url(), &issuer, []).unwrap();
        let manifest = functions::application_manifest();
        Self {
            environment,
            _pgbouncer: pgbouncer,
            database,
            redis,
            issuer,
            manifest,
            variables,
        }
    }

    /// Sets a variable of the application.
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the realm whose events the identity provider `default` sends.
    pub fn realm(self, realm: &str) -> Self {
        let statement = "UPDATE shell.identity_providers SET realm = $1 WHERE slug = 'default'";
        let mut client = self.database.as_superuser();
        client.execute(statement, &[&realm]).unwrap();
        self
    }

    /// Sets the clients whose logout tokens are valid for the identity provider `default`.
    pub fn logout_audiences(self, clients: &[&str]) -> Self {
        let statement =
            "UPDATE shell.identity_providers SET logout_audiences = $1 WHERE slug = 'default'";
        let mut client = self.database.as_superuser();
        client.execute(statement, &[&clients]).unwrap();
        self
    }

    /// The value of a variable of the application.
    pub fn value(&self, name: &str) -> &str {
        &self.variables[name]
    }

    /// Sets another manifest than the Shell's.
    pub fn manifest(mut self, path: PathBuf) -> Self {
        self.manifest = path;
        self
    }

    /// Its Redis, which no other test uses.
    pub fn redis(&mut self) -> &mut Redis {
        &mut self.redis
    }

    /// Its database.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Runs a job on its database; see [`job`].
    pub fn job(
        &self,
        name: &str,
        folder: Option<&Folder>,
        arguments: &[&str],
    ) -> Result<String, String> {
        job(&self.environment, name, &self.variables, folder, arguments)
    }

    /// Starts a job on its database that runs in parallel to the test.
    pub fn running_job(&self, name: &str, arguments: &[&str]) -> RunningJob {
        RunningJob::start(&self.environment, name, &self.variables, arguments)
    }

    /// The same as [`Self::job`], with other values of some variables.
    pub fn job_with(&self, name: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let mut all = self.variables.clone();
        for (name, value) in variables {
            all.insert((*name).to_owned(), (*value).to_owned());
        }
        job(&self.environment, name, &all, None, &[])
    }

    /// Exports an organization's policy; see [`export`].
    pub fn export(&self, organization: &str) -> (Option<String>, String) {
        export(&self.environment, &self.variables, organization)
    }

    /// Starts it.
    pub fn start(self) -> Shell {
        let (server, store) = self.serve();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .max_idle_connections_per_host(64)
            .build()
            .new_agent();
        Shell {
            server,
            setup: self,
            agent,
            store,
        }
    }

    fn serve(&self) -> (Server, PathBuf) {
        let store = self
            .environment
            .folder
            .join(secret::random_token().unwrap());
        std::fs::create_dir_all(&store).unwrap();
        let application = Application {
            manifest: &self.manifest,
            listen: "127.0.0.1:0",
            store: &store,
            variables: &self.variables,
            output: Output::Logged,
        };
        let server = Server::start(&self.environment.host, &application).unwrap();
        (server, store)
    }
}

fn environment() -> TestEnvironment {
    TestEnvironment::from_env().unwrap()
}

/// A Shell that runs until it is dropped.
pub struct Shell {
    server: Server,
    setup: Setup,
    agent: ureq::Agent,
    store: PathBuf,
}

impl Shell {
    /// On a new database with the seed data.
    pub fn start() -> Self {
        Setup::seeded().start()
    }

    /// Its URL.
    pub fn url(&self) -> String {
        self.server.url().to_string()
    }

    /// Another host with the same stores and the same configuration.
    pub fn another_host(&self) -> Server {
        self.setup.serve().0
    }

    /// After a restart of PostgreSQL: waits until PgBouncer, if there is one, has noticed it.
    pub fn wait_for_pgbouncer(&self) {
        if self.setup.environment.pgbouncer.is_none() {
            return;
        }
        for _ in 0..50 {
            if self.get("/health/ready").send().status == 200 {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("PgBouncer does not find PostgreSQL again");
    }

    /// Its configuration.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Its Redis, which can be stopped and started.
    pub fn redis(&mut self) -> &mut Redis {
        self.setup.redis()
    }

    /// Its database.
    pub fn database(&self) -> &TestDatabase {
        &self.setup.database
    }

    /// The claims of a valid token of a user in an organization.
    pub fn claims(&self, organization: &str, subject: &str) -> Claims {
        self.claims_of(self.database().organization(organization), subject)
    }

    /// The same by the organization's id, which need not exist.
    pub fn claims_of(&self, organization: Uuid, subject: &str) -> Claims {
        Claims::new(&organization.to_string(), subject, Duration::from_secs(300)).unwrap()
    }

    /// A token of the issuer that the Shell trusts, with any claims.
    pub fn sign(&self, claims: &impl serde::Serialize) -> String {
        self.setup.issuer.sign(claims).unwrap()
    }

    /// A valid token.
    pub fn token(&self, organization: &str, subject: &str) -> String {
        self.sign(&self.claims(organization, subject))
    }

    /// A GET request to a path.
    pub fn get(&self, path: &str) -> Request<'_> {
        self.request("GET", path)
    }

    /// Any request.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        self.request_at(&self.server, method, path)
    }

    /// The same to another host.
    pub fn request_at(&self, host: &Server, method: &str, path: &str) -> Request<'_> {
        let builder = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", host.url()));
        Request {
            shell: self,
            builder,
            body: None,
        }
    }

    /// A request by an administrator of the platform.
    pub fn platform(&self, method: &str, path: &str) -> Request<'_> {
        self.request(method, path).by("platform", "admin")
    }

    /// The output of the host and the components so far.
    pub fn output(&self) -> String {
        let own = std::fs::read_to_string(self.server.log()).unwrap_or_default();
        // With --quiet, Spin writes the components' output only to files.
        let logs = self.store.join("host/logs");
        let files = logs.read_dir().into_iter().flatten().filter_map(Result::ok);
        files.fold(own, |all, file| {
            all + &std::fs::read_to_string(file.path()).unwrap_or_default()
        })
    }

    /// The lines of the request log so far.
    pub fn log_lines(&self) -> Vec<Value> {
        let mut lines: Vec<Value> = self
            .output()
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(|line: &Value| line["request_id"].is_string())
            .collect();
        // A line can be in both the host's own log and the component's file.
        lines.sort_by_key(|line| line["time"].as_str().map(str::to_owned));
        lines.dedup();
        lines
    }
}

/// A request that is being built.
pub struct Request<'a> {
    shell: &'a Shell,
    builder: ureq::http::request::Builder,
    body: Option<Vec<u8>>,
}

impl Request<'_> {
    /// With the token of a user of an organization.
    pub fn by(self, organization: &str, subject: &str) -> Self {
        let token = self.shell.token(organization, subject);
        self.bearing(&token)
    }

    /// With a token.
    pub fn bearing(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// With a header.
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.builder = self.builder.header(name, value.as_ref());
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With a body of any kind.
    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", kind)
    }

    /// Sends it and reads the answer.
    #[track_caller]
    pub fn send(self) -> Answer {
        let agent = &self.shell.agent;
        let mut response = match self.body {
            Some(body) => agent.run(self.builder.body(body).unwrap()).unwrap(),
            None => agent.run(self.builder.body(()).unwrap()).unwrap(),
        };
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_string().unwrap(),
        }
    }
}
