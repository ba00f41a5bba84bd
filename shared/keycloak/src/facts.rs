//! Facts about a user, a link, a group or an organization, in a form that PostgreSQL applies. A member that is absent
//! changes nothing.

use std::collections::BTreeMap;

use serde::Serialize;

/// A fact about a user.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct User {
    /// The user's identifier.
    pub user: String,
    /// Whether the fact shows that the user exists; otherwise it only names a user who may be known already.
    pub creates: bool,
    /// The name for signing in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `None` within if it was removed. The same applies to the next two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Option<String>>,
    /// The given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Option<String>>,
    /// The family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Option<String>>,
    /// Whether the user may sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// All attributes: one that is missing has been removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<String, Vec<String>>>,
    /// Whether a client acts as this user, with which no one signs in.
    #[serde(skip_serializing_if = "is_false")]
    pub service_account: bool,
}

/// A fact about a user's identity at another provider.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Link {
    /// The user's identifier.
    pub user: String,
    /// The name of the other provider at the user's provider.
    pub alias: String,
    /// Whether the identity is linked now.
    pub linked: bool,
    /// The identifier at the other provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The name at the other provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// A fact about a group.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Group {
    /// The group's identifier.
    pub group: String,
    /// The organization of the group; absent for a group of the realm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Its name, if the fact contains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its parent group, if the fact contains it; `None` within for a group at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Option<String>>,
}

/// A fact about an organization.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Organization {
    /// The provider's identifier of the organization.
    pub organization: String,
    /// The name by which tokens may name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Whether its members may act in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_false(value: &bool) -> bool {
    !value
}
