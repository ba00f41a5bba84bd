//! Serving: the host, its readiness, and watching everything that runs.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use xtask::env_file::{self, Values};
use xtask::host::{Application, HostProgram, Output, Server};
use xtask::instance::{self, Instance};
use xtask::keycloak::Access;
use xtask::progress::Steps;
use xtask::variables::Variables;
use xtask::{functions, interrupt, log};

use super::super::DataDir;
use super::keycloak::Provider;

/// Starts the HTTP application and waits until it is ready.
pub fn start(
    steps: &Steps,
    host: &HostProgram,
    instance: &Instance,
    variables: &Variables,
    listen: &str,
    keycloak: Option<&Access>,
) -> Result<Server> {
    let mut server = None;
    steps.quiet("starting the server", || {
        let mut started = Server::start(
            host,
            &Application {
                manifest: &functions::application_manifest(),
                listen,
                store: instance.store(),
                variables,
                output: Output::Shown,
            },
        )?;
        let mut values = addresses(variables, host, started.url())?;
        let keycloak = keycloak.iter().flat_map(|access| access.values());
        values.extend(keycloak.map(|(name, value)| (name.to_owned(), value)));
        env_file::write(&instance::env_file(instance.home()), &values)?;
        wait_until_ready(&mut started)?;
        server = Some(started);
        Ok(format!("serving, on the host `{}`", host.kind().name()))
    })?;
    server.context("the server did not start")
}

/// The content of the env file: the variables in upper case, and the address of each store.
fn addresses(variables: &Variables, host: &HostProgram, url: &str) -> Result<Values> {
    let get = |name: &str| {
        let value = variables.get(name).map(String::as_str);
        value.with_context(|| format!("the variable {name} has no value"))
    };
    let database = |user: &str, password: &str| -> Result<String> {
        let (user, password) = (get(user)?, get(password)?);
        let (host, name) = (get("database_host")?, get("database_name")?);
        Ok(format!("postgres://{user}:{password}@{host}/{name}"))
    };
    let redis = match get("redis_password")? {
        "" => format!("redis://{}", get("redis_host")?),
        password => format!("redis://:{password}@{}", get("redis_host")?),
    };
    let mut values: Values = variables
        .iter()
        .map(|(name, value)| (name.to_uppercase(), value.clone()))
        .collect();
    for (name, value) in [
        (
            "DATABASE_URL",
            database("migration_database_user", "migration_database_password")?,
        ),
        (
            "RUNTIME_DATABASE_URL",
            database("database_user", "database_password")?,
        ),
        ("REDIS_URL", redis),
        ("SHELL_URL", url.to_owned()),
        ("SHELL_HOST", host.kind().name().to_owned()),
        ("SHELL_HOST_PROGRAM", host.program().display().to_string()),
    ] {
        values.insert(name.to_owned(), value);
    }
    Ok(values)
}

fn wait_until_ready(server: &mut Server) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        interrupt::check()?;
        fail_if_ended(server)?;
        let answer = ask(server.url(), "/health/ready");
        if matches!(&answer, Ok(answer) if answer.starts_with("HTTP/1.1 200")) {
            return Ok(());
        }
        if Instant::now() > deadline {
            let answer = answer.unwrap_or_else(|error| error.to_string());
            bail!(
                "/health/ready still says:\n{answer}\nthe host's last log lines:\n{}",
                log::tail(&server.log(), 15)
            );
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The whole answer to a GET request.
fn ask(url: &str, path: &str) -> std::io::Result<String> {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// What a newcomer may try.
pub fn what_next(
    server: &Server,
    data_dir: &DataDir,
    total: &str,
    keycloak: Option<&Provider>,
) -> Result<String> {
    let keycloak = keycloak.map(Provider::what_next).unwrap_or_default();
    let url = server.url();
    let option = match &data_dir.given {
        Some(path) => format!(" --data-dir {}", shlex::try_quote(&path.to_string_lossy())?),
        None => String::new(),
    };
    let env_file = instance::env_file(&data_dir.path());
    let env_file = env_file.to_string_lossy();
    let env_file = shlex::try_quote(&env_file)?;
    Ok(format!(
        "Started in {total}. Try, in another terminal:

  TOKEN=$(cargo xtask token --organization acme --subject alice{option})
  curl -H \"Authorization: Bearer $TOKEN\" {url}/v1/apps

  # the database, as its owner
  . {env_file} && psql \"$DATABASE_URL\"
  # CSV files of your own
  cargo xtask seed FOLDER{option}
{keycloak}
Ctrl-C stops everything."
    ))
}

/// Returns when it is interrupted, or when something ends that should still run.
pub fn watch(server: &mut Server, mut others: impl FnMut() -> Result<()>) -> Result<()> {
    loop {
        interrupt::check()?;
        others()?;
        fail_if_ended(server)?;
        thread::sleep(Duration::from_millis(100));
    }
}

fn fail_if_ended(server: &mut Server) -> Result<()> {
    match server.exit_status()? {
        Some(status) => bail!(
            "the host ended by itself ({status}):\n{}",
            log::tail(&server.log(), 15)
        ),
        None => Ok(()),
    }
}
