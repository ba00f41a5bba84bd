//! An instance's Keycloak: its passwords, its port, and its realm, which is created once.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;

use anyhow::{Context as _, Result, bail};

use super::Instance;
use super::state::KeycloakState;
use crate::keycloak::{ADMINISTRATOR, Access, REALM, Realm};
use crate::machine::KeycloakProgram;
use crate::services::{Keycloak, KeycloakSettings};

impl Instance {
    /// Starts this instance's Keycloak, which is ready only later.
    pub fn start_keycloak(&mut self, program: &KeycloakProgram) -> Result<Keycloak> {
        let mut state = match self.state.keycloak.take() {
            Some(state) => state,
            None => KeycloakState::create()?,
        };
        let folder = self.store.join("keycloak");
        if !folder.exists() {
            // Its data, if there was any, has been deleted.
            state.realm = None;
            // The folder will contain the realm's private keys.
            let made = DirBuilder::new().mode(0o700).create(&folder);
            made.with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let started = Keycloak::start(
            program,
            &KeycloakSettings {
                folder: self.store.clone(),
                port: state.port,
                disposable: self.disposable,
                administrator: ADMINISTRATOR.to_owned(),
                password: state.administrator_password.clone(),
            },
        );
        if let Ok(keycloak) = &started {
            state.port = Some(keycloak.port());
        }
        self.state.keycloak = Some(state);
        self.state.save(&self.store)?;
        started
    }

    /// The address of this instance's Keycloak, and how to sign in.
    pub fn keycloak_access(&self, keycloak: &Keycloak) -> Result<Access> {
        let state = self.state.keycloak.as_ref();
        let state = state.context("this instance has no Keycloak")?;
        Ok(Access {
            url: keycloak.url(),
            realm: REALM.to_owned(),
            administrator: ADMINISTRATOR.to_owned(),
            administrator_password: state.administrator_password.clone(),
            user_password: state.user_password.clone(),
        })
    }

    /// Creates the realm unless an earlier run did; returns whether it was created now.
    pub fn ensure_realm(&mut self, access: &Access, realm: &Realm) -> Result<bool> {
        let folder = self.store.join("keycloak");
        let state = self.state.keycloak.as_mut();
        let state = state.context("this instance has no Keycloak")?;
        if let Some(made) = &state.realm {
            let other = realm
                .organizations()
                .iter()
                .find(|(slug, id)| made.get(*slug).is_some_and(|made| made != *id));
            if let Some((slug, _)) = other {
                bail!(
                    "the realm {REALM} in {} was made for another database, in which `{slug}` has another id: remove that folder, and it is created again",
                    folder.display()
                );
            }
            return Ok(false);
        }
        realm.make(access)?;
        state.realm = Some(realm.organizations().clone());
        self.state.save(&self.store)?;
        Ok(true)
    }
}
