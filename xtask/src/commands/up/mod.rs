//! `up`: from a fresh clone to a served, migrated and seeded Shell.

mod keycloak;
mod serving;
mod stores;

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use xtask::connection::StoreUrl;
use xtask::functions;
use xtask::host::{HostKind, HostProgram};
use xtask::instance::{self, Instance};
use xtask::interrupt::Interrupted;
use xtask::issuer::Issuer;
use xtask::job::Job;
use xtask::listen;
use xtask::progress::Steps;
use xtask::public_url;
use xtask::variables::{self, Variables};

use super::{DataDir, build};
pub use keycloak::Provider;
use stores::{Given, Stores};

#[derive(Args)]
pub struct Up {
    /// The address to listen on; port 0 picks a free port.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3000", value_parser = listen::address)]
    listen: SocketAddr,
    #[command(flatten)]
    data_dir: DataDir,
    /// Remove all data at the end.
    #[arg(long)]
    ephemeral: bool,
    /// The URL of a PostgreSQL database, with the user that owns it, instead of a private one.
    // Parsed later: clap's message about an invalid value would show the value, and so the password.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// The URL of a Redis, instead of a private one.
    #[arg(long, value_name = "URL")]
    redis_url: Option<String>,
    /// The host of the components [default: `spin` if it is 4.1 or newer and has the command trigger, else embedded].
    #[arg(long, value_enum)]
    host: Option<HostKind>,
    /// Also start a Keycloak, which then issues the tokens: from KEYCLOAK_HOME, or fetched by Maven. Needs Java 21
    /// or newer.
    #[arg(long)]
    keycloak: bool,
}

impl Up {
    pub fn run(self) -> Result<ExitCode> {
        let given = self.given()?;
        let mut instance = Instance::open(&self.data_dir.path(), self.ephemeral)?;
        // When this returns, everything that was started has been stopped, in order.
        let result = self.serve(&mut instance, given);
        let closed = instance.close();
        match result {
            Err(error) if error.is::<Interrupted>() => eprintln!("stopped"),
            Err(error) => return Err(error),
            Ok(()) => {}
        }
        closed.map(|()| ExitCode::SUCCESS)
    }

    /// The addresses of the stores that were given as options.
    fn given(&self) -> Result<Given> {
        let database = self.database_url.as_deref().map(StoreUrl::postgres);
        let redis = self.redis_url.as_deref().map(StoreUrl::redis);
        Ok((
            database
                .transpose()
                .context("--database-url cannot be read")?,
            redis.transpose().context("--redis-url cannot be read")?,
        ))
    }

    /// The address to serve on; if any port will do, with the one that was chosen.
    fn address(&self) -> Result<SocketAddr> {
        let bound = TcpListener::bind(self.listen).and_then(|listener| listener.local_addr());
        bound.with_context(|| {
            format!(
                "cannot serve on {}: choose another address with --listen",
                self.listen
            )
        })
    }

    /// The host that was named, or the one that suits this machine.
    fn host(&self) -> Result<HostProgram> {
        if let Some(kind) = self.host {
            return HostProgram::find(kind);
        }
        let (host, said) = HostProgram::choose()?;
        if let Some(said) = said {
            eprintln!("note: {said}");
        }
        Ok(host)
    }

    fn serve(&self, instance: &mut Instance, given: Given) -> Result<()> {
        let steps = Steps::default();
        // Better now than after the build.
        let listen = self.address()?.to_string();
        tell_of_unreadable();
        let host = self.host()?;
        let source = self.keycloak.then(keycloak::find).transpose()?;
        let issuer = Issuer::load_or_create(&instance::issuer_key(instance.home()))?;
        let mut stores = Stores::start(&steps, instance, given)?;
        let mut provider = source
            .map(|source| Provider::start(&steps, instance, &source))
            .transpose()?;
        let runtime = instance.runtime(&stores.owner);
        let of_provider = provider.as_ref().map(Provider::variables).transpose()?;
        // The variables of the environment come later, and win.
        let own_address = [(
            variables::environment_name("public_url"),
            format!("http://{listen}"),
        )];
        let variables = variables::resolve(
            &stores.owner,
            &runtime,
            &stores.redis_url,
            &issuer,
            own_address
                .into_iter()
                .chain(of_provider.into_iter().flatten())
                .chain(variables::environment()),
        )?;
        tell_of_public_url(&variables);
        stores.check_set(&variables)?;
        build::steps(&steps, &host, &[])?;
        for (name, doing) in [("migrate", "migrating"), ("seed", "seeding")] {
            steps.quiet(doing, || run_job(name, &host, instance, &variables))?;
        }
        if let Some(provider) = &mut provider {
            provider.connect(&steps, instance, &stores.owner, &host, &variables)?;
        }
        let access = provider.as_ref().map(|provider| &provider.access);
        let mut server = serving::start(&steps, &host, instance, &variables, &listen, access)?;
        if let Some(provider) = &provider {
            provider.tell(&steps, server.url(), &variables)?;
            // Changes from now on arrive as events; the sweep finds the changes until now.
            reconcile(&steps, &host, instance, &variables)?;
        }
        println!("Ready: {}", server.url());
        eprintln!(
            "{}",
            serving::what_next(&server, &self.data_dir, &steps.total(), provider.as_ref())?
        );
        serving::watch(&mut server, || {
            stores.check()?;
            provider.as_mut().map_or(Ok(()), Provider::check)
        })
    }
}

/// Prints which variables of the environment are ignored.
fn tell_of_unreadable() {
    for name in variables::unreadable() {
        eprintln!("note: {name} is not UTF-8, and is ignored");
    }
}

/// Prints what clients cannot do with the configured public address.
fn tell_of_public_url(variables: &Variables) {
    let public_url = variables.get("public_url").map_or("", String::as_str);
    for fault in public_url::faults(public_url) {
        eprintln!(
            "note: public_url is {public_url}: {fault}; {} sets another",
            variables::environment_name("public_url")
        );
    }
}

/// Repairs what no event reported. If it fails, the Shell is served nevertheless: the repair needs a running Shell.
fn reconcile(
    steps: &Steps,
    host: &HostProgram,
    instance: &Instance,
    variables: &Variables,
) -> Result<()> {
    let done = steps.quiet("reconciling with Keycloak", || {
        run_job("reconcile", host, instance, variables)
    });
    match done {
        Err(error) if !error.is::<Interrupted>() => {
            eprintln!(
                "error: {error:#}\nThe Shell's data about users may be out of date: do what is said above, and run `cargo xtask reconcile` in another terminal"
            );
            Ok(())
        }
        done => done,
    }
}

/// Runs a job and returns its last line of output.
fn run_job(
    name: &str,
    host: &HostProgram,
    instance: &Instance,
    variables: &Variables,
) -> Result<String> {
    let job = Job {
        manifest: functions::job_manifest(name),
        state: &instance.store().join(name),
        variables,
        arguments: Vec::new(),
    };
    let output = job.run_quietly(host)?;
    let summary = output.lines().rfind(|line| !line.trim().is_empty());
    Ok(format!("{name}: {}", summary.unwrap_or("done").trim()))
}
