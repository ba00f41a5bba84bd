//! The Keycloak that `up --keycloak` starts beside the Shell, which then trusts its realm's tokens.

use anyhow::{Context as _, Result, bail};
use xtask::connection::StoreUrl;
use xtask::host::HostProgram;
use xtask::instance::Instance;
use xtask::issuer::AUDIENCE;
use xtask::job::{self, Job};
use xtask::keycloak::{self, Access, Realm, Seed, logout_tokens, reconcile, signals, webhooks};
use xtask::machine::KeycloakSource;
use xtask::progress::Steps;
use xtask::secret;
use xtask::services::Keycloak;
use xtask::variables::{self, Variables};
use xtask::{functions, log, workspace};

/// A running Keycloak; dropping it stops it.
pub struct Provider {
    keycloak: Keycloak,
    /// How to sign in.
    pub access: Access,
    /// The secret of the client with which the Shell reads the realm.
    admin_secret: String,
}

/// The variable of [`Provider::admin_secret`].
const ADMIN_SECRET: &str = "keycloak_admin_secret";

/// Where a Keycloak can come from on this machine; fails if the environment already describes another provider.
pub fn find() -> Result<KeycloakSource> {
    let prefix = variables::environment_name("oidc_");
    let given = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .find(|name| name.starts_with(&prefix));
    if let Some(name) = given {
        bail!(
            "{name} is set, and configures another identity provider than the one that --keycloak starts: remove the variable, or leave out --keycloak"
        );
    }
    KeycloakSource::find()
}

impl Provider {
    /// Fetches Keycloak if it is missing, and starts it; it is ready only later.
    pub fn start(steps: &Steps, instance: &mut Instance, source: &KeycloakSource) -> Result<Self> {
        let mut program = None;
        steps.quiet(&source.doing(), || {
            let found = source.ensure()?;
            let said = format!("Keycloak {}, Java {}", found.version, found.java.version);
            program = Some(found);
            Ok(said)
        })?;
        let program = program.context("Keycloak is missing")?;
        let keycloak = instance.start_keycloak(&program)?;
        let access = instance.keycloak_access(&keycloak)?;
        let given = std::env::var(variables::environment_name(ADMIN_SECRET));
        let admin_secret = match given {
            Ok(secret) if !secret.is_empty() => secret,
            _ => secret::random_token()?,
        };
        Ok(Self {
            keycloak,
            access,
            admin_secret,
        })
    }

    /// The variables with which the Shell trusts the realm's tokens and reads the realm.
    pub fn variables(&self) -> Result<[(String, String); 7]> {
        let variables = [
            ("oidc_issuer", self.access.issuer()),
            ("oidc_audience", AUDIENCE.to_owned()),
            ("oidc_host", self.access.url.clone()),
            // This is the whole value of the stream's header `Authorization`.
            ("ssf_secret", format!("Bearer {}", secret::random_token()?)),
            ("keycloak_admin_host", self.access.url.clone()),
            ("keycloak_admin_client", reconcile::CLIENT.to_owned()),
            (ADMIN_SECRET, self.admin_secret.clone()),
        ];
        Ok(variables.map(|(name, value)| (variables::environment_name(name), value)))
    }

    /// Waits until Keycloak is ready, and creates the realm with the seed's people if it does not exist yet.
    pub fn make_realm(
        &mut self,
        steps: &Steps,
        instance: &mut Instance,
        owner: &StoreUrl,
    ) -> Result<Realm> {
        steps.quiet("waiting for Keycloak", || {
            self.keycloak.wait_until_ready()?;
            Ok(format!("Keycloak on 127.0.0.1:{}", self.keycloak.port()))
        })?;
        let seed = Seed::read(&workspace::root().join("seed-data"))?;
        let realm = Realm::of(seed, owner)?;
        steps.quiet("making the realm", || {
            let name = &self.access.realm;
            let made = instance.ensure_realm(&self.access, &realm)?;
            webhooks::enable(&self.access)?;
            reconcile::allow(&self.access, &self.admin_secret)?;
            Ok(if made {
                format!("realm {name} of the seed's people")
            } else {
                format!("realm {name} as it was")
            })
        })?;
        Ok(realm)
    }

    /// Makes Keycloak send the events of its users and their sessions to this Shell, in each way that it has.
    pub fn tell(&self, steps: &Steps, shell: &str, variables: &Variables) -> Result<()> {
        let variable = |name: &str| {
            let value = variables.get(name);
            value.with_context(|| format!("{name} has no value"))
        };
        steps.quiet("registering the webhook", || {
            webhooks::register(&self.access, shell, variable("keycloak_webhook_secret")?)?;
            Ok("Keycloak tells the Shell of its users".to_owned())
        })?;
        steps.quiet("registering for logouts and signals", || {
            logout_tokens::register(&self.access, shell)?;
            signals::register(&self.access, shell, variable("ssf_secret")?)?;
            Ok("Keycloak tells the Shell of logouts, by logout tokens and signals".to_owned())
        })
    }

    /// Does the same, and tells the Shell the realm's ids of organizations and which clients' logout tokens are valid.
    pub fn connect(
        &mut self,
        steps: &Steps,
        instance: &mut Instance,
        owner: &StoreUrl,
        host: &HostProgram,
        variables: &Variables,
    ) -> Result<()> {
        let realm = self.make_realm(steps, instance, owner)?;
        let files = [
            (
                "organizations.csv",
                keycloak::organizations_csv(realm.organizations(), owner)?,
            ),
            (
                "identity_providers.csv",
                logout_tokens::providers_csv(owner)?,
            ),
        ];
        let news = files.iter().any(|(_, csv)| csv.is_some());
        if news {
            seed(&files, instance, host, variables)?;
        }
        Ok(())
    }

    /// Fails if Keycloak has ended.
    pub fn check(&mut self) -> Result<()> {
        match self.keycloak.exit_status()? {
            Some(status) => bail!(
                "Keycloak ended by itself ({status}):\n{}",
                log::tail(&self.keycloak.log(), 15)
            ),
            None => Ok(()),
        }
    }

    /// What a newcomer may try with it.
    pub fn what_next(&self) -> String {
        format!(
            "
  # Keycloak: its console, and its people, who all have the password KEYCLOAK_USER_PASSWORD of the env file
  {url}/admin/   {administrator}, KEYCLOAK_ADMIN_PASSWORD
  {issuer}/account/   alice, bob, carol, admin
",
            url = self.access.url,
            administrator = self.access.administrator,
            issuer = self.access.issuer(),
        )
    }
}

/// Writes through the seed job, because it also invalidates what the caches hold.
fn seed(
    files: &[(&str, Option<String>)],
    instance: &Instance,
    host: &HostProgram,
    variables: &Variables,
) -> Result<()> {
    let folder = instance.store().join("keycloak").join("seed");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    for (name, csv) in files {
        let file = folder.join(name);
        match csv {
            Some(csv) => std::fs::write(file, csv).context("cannot write CSV")?,
            // The data of an earlier start may have been changed since.
            None if file.exists() => std::fs::remove_file(file).context("cannot remove CSV")?,
            None => {}
        }
    }
    let manifest = folder.with_extension("toml");
    let job = Job {
        manifest: job::manifest_with_files(&functions::job_manifest("seed"), &folder, manifest)?,
        state: &instance.store().join("seed"),
        variables,
        arguments: vec!["--update".to_owned()],
    };
    job.run_quietly(host)?;
    Ok(())
}
