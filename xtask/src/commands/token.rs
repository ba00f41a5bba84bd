//! `token`: prints a token for the running Shell, from its Keycloak or from the development issuer.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use xtask::connection::StoreUrl;
use xtask::env_file::Values;
use xtask::instance;
use xtask::issuer::{AUDIENCE, Claims, ISSUER, Issuer};
use xtask::keycloak::{self, Access};

use super::DataDir;

#[derive(Args)]
pub struct Token {
    /// The caller's organization, by slug or id.
    #[arg(long, value_name = "ORGANIZATION")]
    organization: String,
    /// The caller's `external_id`.
    #[arg(long, value_name = "NAME", value_parser = subject)]
    subject: String,
    /// The lifetime [default: 15m]; Keycloak decides this itself.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    ttl: Option<Duration>,
    /// The caller's session; Keycloak decides this itself.
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    #[command(flatten)]
    data_dir: DataDir,
}

/// The default lifetime of a token from the development issuer.
const TTL: Duration = Duration::from_secs(15 * 60);

/// The longest lifetime of tokens if the configuration has no other; the same as in the manifest.
const LONGEST_TOKEN: &str = "24h";

impl Token {
    pub fn run(self) -> Result<ExitCode> {
        let home = self.data_dir.path();
        let environment = instance::running(&home)?;
        let keycloak = keycloak(&environment)?;
        if keycloak.is_some() {
            for (option, given) in [
                ("--ttl", self.ttl.is_some()),
                ("--session", self.session.is_some()),
            ] {
                if given {
                    bail!(
                        "{option} cannot be chosen: this Shell's tokens come from Keycloak, which decides it"
                    );
                }
            }
        }
        let token = match keycloak {
            Some(access) => keycloak::for_caller(&access, &self.organization, &self.subject)?,
            None => {
                let ttl = self.ttl.unwrap_or(TTL);
                if let Some(warning) = too_long(&environment, ttl) {
                    eprintln!("{warning}");
                }
                sign(&home, &environment, &self.organization, |organization| {
                    Ok(Claims {
                        sid: self.session,
                        ..Claims::new(organization, &self.subject, ttl)?
                    })
                })?
            }
        };
        println!("{token}");
        Ok(ExitCode::SUCCESS)
    }
}

/// A token of a caller in an organization, from the issuer that this Shell trusts.
pub fn for_caller(
    home: &Path,
    environment: &Values,
    organization: &str,
    subject: &str,
) -> Result<String> {
    match keycloak(environment)? {
        Some(access) => keycloak::for_caller(&access, organization, subject),
        None => sign(home, environment, organization, |organization| {
            Claims::new(organization, subject, TTL)
        }),
    }
}

/// The instance's Keycloak, if the instance was started with one.
fn keycloak(environment: &Values) -> Result<Option<Access>> {
    Access::from_values(|name| environment.get(name).cloned())
}

/// A token from the development issuer, with the claims of a caller in the organization.
fn sign(
    home: &Path,
    environment: &Values,
    organization: &str,
    claims: impl FnOnce(&str) -> Result<Claims>,
) -> Result<String> {
    let issuer = Issuer::load_or_create(&instance::issuer_key(home))?;
    warn_of_other_issuer(environment, &issuer);
    let organization = organization_id(environment, organization)?;
    issuer.sign(&claims(&organization)?)
}

/// Checks what the Shell accepts as a subject.
pub fn subject(text: &str) -> Result<String, String> {
    let fits = (1..=255).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "expected 1 to 255 characters, no control characters".to_owned())
}

fn warn_of_other_issuer(environment: &Values, issuer: &Issuer) {
    let trusted = |name: &str| environment.get(name).map(String::as_str);
    let ours = trusted("OIDC_ISSUER") == Some(ISSUER)
        && trusted("OIDC_AUDIENCE") == Some(AUDIENCE)
        && trusted("OIDC_JWKS") == Some(issuer.jwks());
    if !ours {
        eprintln!(
            "warning: this Shell trusts the issuer {} and will refuse the token, which the development issuer signed",
            trusted("OIDC_ISSUER").unwrap_or("of its configuration")
        );
    }
}

/// The warning for a token that lives longer than the Shell allows.
fn too_long(environment: &Values, ttl: Duration) -> Option<String> {
    let longest = environment.get("LONGEST_TOKEN").map(String::as_str);
    let longest = longest.unwrap_or(LONGEST_TOKEN);
    let is_too_long = humantime::parse_duration(longest).is_ok_and(|longest| ttl > longest);
    is_too_long.then(|| {
        format!(
            "warning: this Shell lets tokens live for {longest} at most (longest_token) and will refuse the token"
        )
    })
}

fn organization_id(environment: &Values, slug: &str) -> Result<String> {
    let url = environment
        .get("DATABASE_URL")
        .context("the env file has no DATABASE_URL")?;
    let mut client = StoreUrl::postgres(url)?.connect()?;
    let mut transaction = client.transaction()?;
    // Row-level security hides every organization from a transaction without this setting.
    transaction.execute("SELECT set_config('shell.platform', 'on', true)", &[])?;
    let found = transaction
        .query_opt(
            "SELECT id::text FROM shell.organizations WHERE slug = $1 OR id::text = $1",
            &[&slug],
        )
        .context("cannot look the organization up")?;
    if let Some(row) = found {
        return Ok(row.try_get(0)?);
    }
    let rows = transaction.query(
        "SELECT slug FROM shell.organizations ORDER BY slug LIMIT 20",
        &[],
    )?;
    let slugs = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<Vec<String>, _>>()?;
    if slugs.is_empty() {
        bail!(
            "there is no organization `{slug}`, and no other either: create some with `cargo xtask seed`"
        );
    }
    bail!(
        "there is no organization `{slug}`; the organizations are {}",
        slugs.join(", ")
    );
}
