//! The people and organizations of the seed's CSV files, as a realm needs them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The people and organizations of the realm.
#[derive(Debug, Default)]
pub struct Seed {
    /// The organizations whose tokens Keycloak issues.
    pub(super) organizations: Vec<Organization>,
    /// People and service accounts, each of them once.
    pub(super) users: Vec<User>,
}

/// An organization with its roles, each of which becomes a group.
#[derive(Debug)]
pub(super) struct Organization {
    pub slug: String,
    pub name: String,
    pub domains: Vec<String>,
    pub roles: Vec<String>,
}

/// A person or a service account.
#[derive(Debug)]
pub(super) struct User {
    /// The `sub` of the user's tokens.
    pub id: String,
    pub username: String,
    pub email: String,
    pub display_name: String,
    pub is_service_account: bool,
    /// The slugs of the organizations, with the role of each that is the organization's own.
    pub memberships: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct OrganizationRow {
    slug: String,
    name: String,
    domains: String,
    #[serde(default)]
    identity_provider: String,
}

#[derive(Deserialize)]
struct UserRow {
    organization: String,
    username: String,
    email: String,
    display_name: String,
    external_id: String,
    attributes: String,
}

#[derive(Deserialize)]
struct RoleRow {
    organization: String,
    role: String,
}

#[derive(Deserialize)]
struct AssignmentRow {
    organization: String,
    username: String,
    role: String,
}

impl Seed {
    /// Reads a folder of CSV files, which the seed job has already checked.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut roles: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows::<RoleRow>(folder, "roles.csv")? {
            roles.entry(row.organization).or_default().push(row.role);
        }
        let organizations: Vec<_> = rows::<OrganizationRow>(folder, "organizations.csv")?
            .into_iter()
            .filter(|row| ["", "default"].contains(&row.identity_provider.as_str()))
            .map(|row| Organization {
                roles: roles.get(&row.slug).cloned().unwrap_or_default(),
                slug: row.slug,
                name: row.name,
                domains: row
                    .domains
                    .split(';')
                    .filter(|domain| !domain.is_empty())
                    .map(str::to_owned)
                    .collect(),
            })
            .collect();
        let assignments = rows::<AssignmentRow>(folder, "role_assignments.csv")?;
        let mut users: Vec<User> = Vec::new();
        for row in rows::<UserRow>(folder, "users.csv")? {
            let Some(organization) = organizations
                .iter()
                .find(|organization| organization.slug == row.organization)
            else {
                continue;
            };
            let held = assignments
                .iter()
                .filter(|held| {
                    held.organization == row.organization
                        && held.username == row.username
                        && organization.roles.contains(&held.role)
                })
                .map(|held| held.role.clone())
                .collect();
            let id = if row.external_id.is_empty() {
                row.username.clone()
            } else {
                row.external_id
            };
            if let Some(known) = users.iter_mut().find(|user| user.id == id) {
                known.memberships.insert(row.organization, held);
                continue;
            }
            users.push(User {
                // Two people may have the same username in two organizations, but not in one realm.
                username: if users.iter().any(|user| user.username == row.username) {
                    id.clone()
                } else {
                    row.username
                },
                id,
                email: row.email,
                display_name: row.display_name,
                is_service_account: is_service_account(&row.attributes),
                memberships: [(row.organization, held)].into(),
            });
        }
        Ok(Self {
            organizations,
            users,
        })
    }

    /// The organizations' slugs.
    #[must_use]
    pub fn slugs(&self) -> Vec<String> {
        let slugs = self.organizations.iter();
        slugs
            .map(|organization| organization.slug.clone())
            .collect()
    }
}

/// Whether these are a service account's attributes: they name the client that it belongs to.
fn is_service_account(attributes: &str) -> bool {
    let attributes: Value = serde_json::from_str(attributes).unwrap_or_default();
    attributes.get("client_id").is_some()
}

fn rows<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<T>> {
    let path = folder.join(name);
    let reading = || format!("cannot read {}", path.display());
    let mut reader = csv::Reader::from_path(&path).with_context(reading)?;
    let rows = reader.deserialize().collect::<Result<_, _>>();
    rows.with_context(reading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repositorys_seed_is_read() {
        let seed = Seed::read(&crate::workspace::root().join("seed-data")).unwrap();
        assert_eq!(seed.slugs(), ["platform", "acme", "globex"]);
        let user = |id: &str| seed.users.iter().find(|user| user.id == id).unwrap();
        assert_eq!(user("admin").memberships.len(), 3);
        assert_eq!(user("alice").memberships["acme"], ["editor"]);
        assert!(user("svc-drive").is_service_account);
        assert!(!user("alice").is_service_account);
    }
}
