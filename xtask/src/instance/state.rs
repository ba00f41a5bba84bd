//! What an instance remembers between runs: passwords, ports, and the location of its cluster.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use crate::{host, machine, secret, services};

/// Stored in `state.json`, which only its owner can read.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub superuser_password: String,
    pub owner_password: String,
    pub runtime_password: String,
    pub cluster: PathBuf,
    pub cluster_made: bool,
    pub postgres_port: Option<u16>,
    pub redis_port: Option<u16>,
    #[serde(default)]
    pub keycloak: Option<KeycloakState>,
}

/// What is remembered of an instance's Keycloak.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeycloakState {
    /// Part of the issuer's name, and so never changed.
    pub port: Option<u16>,
    pub administrator_password: String,
    pub user_password: String,
    /// The organizations' ids by their slugs, once the realm was created with them.
    pub realm: Option<BTreeMap<String, String>>,
}

impl KeycloakState {
    pub fn create() -> Result<Self> {
        Ok(Self {
            port: None,
            administrator_password: secret::random_token()?,
            user_password: secret::random_token()?,
            realm: None,
        })
    }
}

impl State {
    pub fn exists(store: &Path) -> bool {
        file(store).exists()
    }

    pub fn load_or_create(store: &Path) -> Result<Self> {
        if let Some(state) = load(store)? {
            return Ok(state);
        }
        let state = Self {
            superuser_password: secret::random_token()?,
            owner_password: secret::random_token()?,
            runtime_password: secret::random_token()?,
            cluster: machine::reachable(store, "postgres")?,
            cluster_made: false,
            postgres_port: None,
            redis_port: None,
            keycloak: None,
        };
        state.save(store)?;
        Ok(state)
    }

    pub fn save(&self, store: &Path) -> Result<()> {
        secret::write_private(&file(store), &serde_json::to_vec_pretty(self)?)
    }

    pub fn stop_cluster(&self) -> Result<()> {
        services::stop_cluster(&self.cluster)
    }
}

/// Stops what a killed run left running, in the usual order.
pub(super) fn stop_leftovers(store: &Path) -> Result<()> {
    services::stop_leftover(&host::pid_file(store), store, Signal::TERM)?;
    services::stop_leftover(&services::keycloak_pid_file(store), store, Signal::TERM)?;
    services::stop_leftover(&services::redis_pid_file(store), store, Signal::TERM)?;
    services::stop_leftover(&services::pgbouncer_pid_file(store), store, Signal::TERM)?;
    load(store)?.map_or(Ok(()), |state| state.stop_cluster())
}

/// Removes a cluster that is stored outside the folder.
pub(super) fn remove_outside(store: &Path) -> Result<()> {
    match load(store)? {
        Some(state) if !state.cluster.starts_with(store) && state.cluster.exists() => {
            std::fs::remove_dir_all(&state.cluster)
                .with_context(|| format!("cannot remove {}", state.cluster.display()))
        }
        _ => Ok(()),
    }
}

fn file(store: &Path) -> PathBuf {
    store.join("state.json")
}

fn load(store: &Path) -> Result<Option<State>> {
    let file = file(store);
    if !file.exists() {
        return Ok(None);
    }
    let text = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_slice(&text).map(Some).with_context(|| {
        format!(
            "{} is damaged: remove {} to start with new data",
            file.display(),
            store.display()
        )
    })
}
