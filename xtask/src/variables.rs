//! The application's variables: development values, and what the environment sets instead.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::connection::StoreUrl;
use crate::issuer::{AUDIENCE, ISSUER, Issuer};
use crate::secret;

/// Variables by their names in the manifest.
pub type Variables = BTreeMap<String, String>;

/// How Spin reads a variable from the environment.
const PREFIX: &str = "SPIN_VARIABLE_";

/// Where the Shell is reached, if nothing else is said.
const PUBLIC_URL: &str = "http://127.0.0.1:3000";

/// The name of the environment variable that sets an application variable.
#[must_use]
pub fn environment_name(variable: &str) -> String {
    format!("{PREFIX}{}", variable.to_uppercase())
}

/// The variables that an instance on these stores is started with.
///
/// What the environment sets wins; an identity provider set there gets no half from here.
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
        // Without the keys themselves they are fetched, from a host that must be named.
        let fetched = ["oidc_host", "oidc_jwks_host"];
        let has_keys = fetched.iter().any(|name| given.contains_key(*name));
        let missing = development_issuer
            .iter()
            .filter(|(name, _)| !given.contains_key(*name) && !(*name == "oidc_jwks" && has_keys))
            .map(|(name, _)| environment_name(name))
            .collect::<Vec<_>>();
        if !missing.is_empty() {
            bail!(
                "an identity provider is set in the environment but not all of it: set {} too, or no {PREFIX}OIDC_* at all",
                missing.join(" and ")
            );
        }
    } else {
        for (name, value) in development_issuer {
            variables.insert(name.to_owned(), value.to_owned());
        }
    }
    variables.extend(given);
    // Better now than as a 500 to the first request.
    let jwks = variables.get("oidc_jwks").map_or("", String::as_str);
    let keys: serde_json::Value = serde_json::from_str(jwks).unwrap_or_default();
    if !jwks.is_empty()
        && keys
            .get("keys")
            .and_then(|keys| keys.as_array())
            .is_none_or(Vec::is_empty)
    {
        bail!(
            "{} is no JWK set with keys (RFC 7517)",
            environment_name("oidc_jwks")
        );
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
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
    fn a_provider_is_taken_whole_or_not_at_all() {
        let error = resolve_with(&[("SPIN_VARIABLE_OIDC_ISSUER", "https://id.example")]);
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains("SPIN_VARIABLE_OIDC_AUDIENCE and SPIN_VARIABLE_OIDC_JWKS"),
            "{message}"
        );

        let variables = resolve_with(&[
            ("SPIN_VARIABLE_OIDC_ISSUER", "https://id.example"),
            ("SPIN_VARIABLE_OIDC_AUDIENCE", "us"),
            ("SPIN_VARIABLE_OIDC_JWKS", r#"{"keys":[{}]}"#),
        ]);
        assert_eq!(variables.unwrap()["oidc_jwks"], r#"{"keys":[{}]}"#);

        let variables = resolve_with(&[
            ("SPIN_VARIABLE_OIDC_ISSUER", "https://id.example"),
            ("SPIN_VARIABLE_OIDC_AUDIENCE", "us"),
            ("SPIN_VARIABLE_OIDC_HOST", "https://id.example"),
        ]);
        assert!(!variables.unwrap().contains_key("oidc_jwks"));
    }
}
