//! What rows may refer to: rows in the database and in the files.

use std::collections::{HashMap, HashSet};

/// What a cell can refer to.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Subject {
    IdentityProvider,
    Organization,
    Role,
}

impl Subject {
    /// Its name in an error, and where one can be found.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::IdentityProvider => (
                "identity provider",
                "identity_providers.csv or the database",
            ),
            Self::Organization => ("organization", "organizations.csv or the database"),
            Self::Role => ("role", "roles.csv or the database"),
        }
    }
}

/// What is known so far. The files add to it in their order.
#[derive(Debug, Default)]
pub struct References {
    /// The slugs of identity providers, including those of the files.
    pub providers: HashSet<String>,
    /// Each organization's identity provider, by slug.
    pub organizations: HashMap<String, String>,
    /// Organizations that the files add.
    pub added_organizations: HashSet<String>,
    /// The roles of the files by organization, which is empty for global ones.
    pub roles: HashMap<String, HashSet<String>>,
    /// Each domain's organization.
    pub domains: HashMap<String, String>,
    /// The subjects that are not known completely, because the file that describes them could not be read to its end.
    pub unread: HashSet<Subject>,
}

impl References {
    /// Whether a subject with this name may exist.
    pub fn allow(&self, subject: Subject, name: &str) -> bool {
        self.unread.contains(&subject)
            || match subject {
                Subject::IdentityProvider => self.providers.contains(name),
                Subject::Organization => self.organizations.contains_key(name),
                // The role's organization is in another column: `RoleNames` checks it.
                Subject::Role => true,
            }
    }

    /// Adds a role of a file.
    pub fn add_role(&mut self, organization: &str, role: &str) {
        let roles = self.roles.entry(organization.to_owned()).or_default();
        roles.insert(role.to_owned());
    }

    /// Whether a file has the role.
    pub fn has_role(&self, organization: &str, role: &str) -> bool {
        let roles = self.roles.get(organization);
        roles.is_some_and(|roles| roles.contains(role))
    }
}
