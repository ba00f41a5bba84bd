//! What rows may refer to: the database's rows and those of the files together.

use std::collections::{HashMap, HashSet};

/// Known so far. The files add to it in the order of their foreign keys.
#[derive(Debug, Default)]
pub struct References {
    /// Slugs of identity providers.
    pub providers: HashSet<String>,
    /// Each organization's identity provider, by slug.
    pub organizations: HashMap<String, String>,
    /// Each domain's organization.
    pub domains: HashMap<String, String>,
}
