//! What rows may refer to: rows in the database and in the files.

use std::collections::{HashMap, HashSet};

/// What a cell can name.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Subject {
    IdentityProvider,
    Organization,
    Role,
}

impl Subject {
    /// How a fault calls it, and where one is to be found.
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

/// Known so far. The files add to it in their order.
#[derive(Debug, Default)]
pub struct References {
    /// Slugs of identity providers, those of the files too.
    pub providers: HashSet<String>,
    /// Each organization's identity provider, by slug.
    pub organizations: HashMap<String, String>,
    /// Organizations that the files add.
    pub added_organizations: HashSet<String>,
    /// Roles of the files by organization, that of global ones being empty.
    pub roles: HashMap<String, HashSet<String>>,
    /// Each domain's organization.
    pub domains: HashMap<String, String>,
    /// What not all is known of, because a file that describes it could not be read to its end.
    pub unread: HashSet<Subject>,
}

impl References {
    /// Whether something can be there under this name.
    pub fn allow(&self, subject: Subject, name: &str) -> bool {
        self.unread.contains(&subject)
            || match subject {
                Subject::IdentityProvider => self.providers.contains(name),
                Subject::Organization => self.organizations.contains_key(name),
                // Whose role it is, stands in another column: `RoleNames` asks.
                Subject::Role => true,
            }
    }

    /// Adds a role that a file has.
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
