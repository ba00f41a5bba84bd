//! The application's variables: values for development, and those that the environment sets instead.

use std::collections::BTreeMap;
use std::ffi::OsString;

use anyhow::{Result, bail};
use fluent_uri::{Uri, component::Host};

use crate::connection::StoreUrl;
use crate::issuer::{AUDIENCE, ISSUER, Issuer};
use crate::secret;

/// Variables by their names in the manifest.
pub type Variables = BTreeMap<String, String>;

/// The prefix of variables that Spin reads from the environment.
const PREFIX: &str = "SPIN_VARIABLE_";

/// The public address of the Shell if no other is set.
const PUBLIC_URL: &str = "http://127.0.0.1:3000";

/// The name of the environment variable that sets an application variable.
#[must_use]
pub fn environment_name(variable: &str) -> String {
    format!("{PREFIX}{}", variable.to_uppercase())
}

/// This program's environment variables, as far as they are UTF-8.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    text(std::env::vars_os())
}

/// The names of variables whose values in the environment are not UTF-8. No host can pass such a value on, and Spin
/// exits when it reads one.
pub fn unreadable() -> impl Iterator<Item = String> {
    let variables = std::env::vars_os().filter(|(_, value)| value.to_str().is_none());
    let names = variables.filter_map(|(name, _)| name.into_string().ok());
    names.filter(|name| name.starts_with(PREFIX))
}

fn text(
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> impl Iterator<Item = (String, String)> {
    environment
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The variables that an instance with these stores is started with.
///
/// Those of the environment win; an identity provider that is set there gets no defaults from here.
pub fn resolve(
    owner: &StoreUrl,
    runtime: &StoreUrl,
    redis: &StoreUrl,
    issuer: &Issuer,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Variables> {
    let given: Variables = environment
        .into_iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_lowercase(), value)))
        .collect();
    let mut variables: Variables = [
        ("database_host", runtime.host.as_str()),
        ("database_name", runtime.database.as_str()),
        ("database_user", runtime.user.as_str()),
        ("database_password", runtime.password.as_str()),
        ("migration_database_user", owner.user.as_str()),
        ("migration_database_password", owner.password.as_str()),
        ("redis_host", redis.host.as_str()),
        ("redis_password", redis.password.as_str()),
        ("receipt_key", &secret::random_token()?),
        ("keycloak_webhook_secret", &secret::random_token()?),
        ("request_log", "changes"),
        ("public_url", PUBLIC_URL),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let development_issuer = [
        ("oidc_issuer", ISSUER),
        ("oidc_audience", AUDIENCE),
        ("oidc_jwks", issuer.jwks()),
    ];
    if given.keys().any(|name| name.starts_with("oidc_")) {
        let missing = ["oidc_issuer", "oidc_audience"]
            .iter()
            .filter(|name| !given.contains_key(**name))
            .map(|name| environment_name(name))
            .collect::<Vec<_>>();
        if !missing.is_empty() {
            bail!(
                "the environment configures an identity provider only in part: set {} too, or no {PREFIX}OIDC_* variable at all",
                missing.join(" and ")
            );
        }
    } else {
        for (name, value) in development_issuer {
            variables.insert(name.to_owned(), value.to_owned());
        }
    }
    variables.extend(given);
    complete_issuer(&mut variables)?;
    Ok(variables)
}

/// Checks where the issuer's keys come from, and allows the components to connect there. A failure now is better than
/// one at the first request.
fn complete_issuer(variables: &mut Variables) -> Result<()> {
    let value = |name: &str| variables.get(name).filter(|value| !value.is_empty());
    if let Some(jwks) = value("oidc_jwks") {
        let keys: serde_json::Value = serde_json::from_str(jwks).unwrap_or_default();
        let keys = keys.get("keys").and_then(|keys| keys.as_array());
        if keys.is_none_or(Vec::is_empty) {
            bail!(
                "{} is not a JWK set with keys (RFC 7517): set it to one, or unset it to have the keys fetched",
                environment_name("oidc_jwks")
            );
        }
        return Ok(());
    }
    let (name, host) = match value("oidc_jwks_url") {
        Some(_) => ("oidc_jwks_url", "oidc_jwks_host"),
        None => ("oidc_issuer", "oidc_host"),
    };
    if value(host).is_none() {
        let Some(derived) = value(name).and_then(|url| host_of(url)) else {
            bail!(
                "{} is not an absolute URL that keys can be fetched from: it must begin with https://, or with http:// on loopback",
                environment_name(name)
            );
        };
        variables.insert(host.to_owned(), derived);
    }
    Ok(())
}

/// The scheme, the host and the port of a URL, in the form in which a manifest names an allowed host.
fn host_of(url: &str) -> Option<String> {
    let url = Uri::parse(url).ok()?;
    let (scheme, authority) = (url.scheme().as_str(), url.authority()?);
    let fits = scheme == "https" || (scheme == "http" && is_on_loopback(&authority.host_parsed()));
    let fits = fits && !authority.host().is_empty() && !authority.has_userinfo();
    fits.then(|| format!("{scheme}://{}", authority.as_str()))
}

/// Whether it is this machine, from the view of components (`shared/service/src/identity/issuer/address.rs`).
fn is_on_loopback(host: &Host<'_>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::RegName(name) => name.as_str().eq_ignore_ascii_case("localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    fn resolve_with(environment: &[(&str, &str)]) -> Result<Variables> {
        let owner = StoreUrl::postgres("postgres://owner:one@db:1/shell").unwrap();
        let runtime = StoreUrl::postgres("postgres://app:two@db:1/shell").unwrap();
        let redis = StoreUrl::redis("redis://cache").unwrap();
        let pairs = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        resolve(
            &owner,
            &runtime,
            &redis,
            &Issuer::throwaway().unwrap(),
            pairs,
        )
    }

    #[test]
    fn everything_has_a_development_value() {
        let variables = resolve_with(&[("PATH", "/bin")]).unwrap();
        assert_eq!(variables["database_host"], "db:1");
        assert_eq!(variables["migration_database_password"], "one");
        assert_eq!(variables["oidc_issuer"], ISSUER);
        assert!(!variables.contains_key("path"));
    }

    #[test]
    fn the_environment_wins() {
        let variables = resolve_with(&[
            ("SPIN_VARIABLE_REQUEST_LOG", "all"),
            ("SPIN_VARIABLE_LATER", "1"),
        ]);
        let variables = variables.unwrap();
        assert_eq!(variables["request_log"], "all");
        assert_eq!(variables["later"], "1");
    }

    #[test]
    fn what_is_not_utf_8_is_passed_over() {
        let odd = || OsString::from_vec(vec![b'a', 0xff]);
        let good = || OsString::from("SPIN_VARIABLE_REQUEST_LOG");
        let environment = [
            (odd(), "1".into()),
            ("LESSCHARDEF".into(), odd()),
            (good(), "all".into()),
        ];
        let expected = [("SPIN_VARIABLE_REQUEST_LOG".to_owned(), "all".to_owned())];
        assert!(text(environment.into_iter()).eq(expected));
    }

    #[test]
    fn a_provider_is_taken_whole_or_not_at_all() {
        let error = resolve_with(&[("SPIN_VARIABLE_OIDC_ISSUER", "https://id.example")]);
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains("set SPIN_VARIABLE_OIDC_AUDIENCE too"),
            "{message}"
        );

        let variables = resolve_with(&[
            ("SPIN_VARIABLE_OIDC_ISSUER", "https://id.example"),
            ("SPIN_VARIABLE_OIDC_AUDIENCE", "us"),
            ("SPIN_VARIABLE_OIDC_JWKS", r#"{"keys":[{}]}"#),
        ]);
        assert_eq!(variables.unwrap()["oidc_jwks"], r#"{"keys":[{}]}"#);
    }

    #[test]
    fn keys_are_found_by_the_issuer_or_at_their_address() {
        let with = |more: &[(&str, &str)]| {
            let mut environment = vec![("SPIN_VARIABLE_OIDC_AUDIENCE", "us")];
            environment.extend(more);
            resolve_with(&environment)
        };
        let issuer = (
            "SPIN_VARIABLE_OIDC_ISSUER",
            "http://127.0.0.1:8080/realms/veni",
        );
        let variables = with(&[issuer]).unwrap();
        assert_eq!(variables["oidc_host"], "http://127.0.0.1:8080");
        assert!(!variables.contains_key("oidc_jwks"));

        let keys = (
            "SPIN_VARIABLE_OIDC_JWKS_URL",
            "https://keys.example?tenant=1",
        );
        let variables = with(&[issuer, keys]).unwrap();
        assert_eq!(variables["oidc_jwks_host"], "https://keys.example");
        assert!(!variables.contains_key("oidc_host"));

        let host = ("SPIN_VARIABLE_OIDC_HOST", "https://inside.example");
        let variables = with(&[issuer, host]).unwrap();
        assert_eq!(variables["oidc_host"], "https://inside.example");

        for wrong in [
            "us",
            "",
            "ftp://id.example",
            "http://id.example",
            "https:///realm",
            "https://me:pw@id.example",
        ] {
            let issuer = ("SPIN_VARIABLE_OIDC_ISSUER", wrong);
            let message = with(&[issuer]).unwrap_err().to_string();
            assert!(
                message.contains("SPIN_VARIABLE_OIDC_ISSUER is not an absolute URL"),
                "{message}"
            );
        }
        for wrong in ["keys", r#"{"keys":[]}"#] {
            let error = with(&[issuer, ("SPIN_VARIABLE_OIDC_JWKS", wrong)]).unwrap_err();
            assert!(error.to_string().contains("is not a JWK set"), "{error}");
        }
    }
}
