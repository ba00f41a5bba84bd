//! What rows may refer to: the database's rows and those of the files together.

use std::collections::{HashMap, HashSet};

/// What a cell can name.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Subject {
    IdentityProvider,
    Organization,
}

impl Subject {
    /// How a fault calls it, and where one is to be found.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::IdentityProvider => ("identity provider", "the database"),
            Self::Organization => ("organization", "organizations.csv or the database"),
        }
    }
}

/// Known so far. The files add to it in their order.
#[derive(Debug, Default)]
pub struct References {
    /// Slugs of identity providers.
    pub providers: HashSet<String>,
    /// Each organization's identity provider, by slug.
    pub organizations: HashMap<String, String>,
    /// Organizations that the files add.
    pub added_organizations: HashSet<String>,
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
            }
    }
}
