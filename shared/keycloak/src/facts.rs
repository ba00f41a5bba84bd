//! Facts about a user, a link, a group or an organization, in a form that PostgreSQL applies. An absent member says
//! nothing.

use std::collections::BTreeMap;

use serde::Serialize;

/// What is said of a user.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct User {
    /// Who.
    pub user: String,
    /// Whether it is said that there is such a user; else only what somebody is called who may be known.
    pub creates: bool,
    /// The name to sign in by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Within: none, where it was emptied. So are the next two.
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
    /// All of the attributes: one that is not here is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<String, Vec<String>>>,
    /// Whether a client acts as this user, and nobody signs in as it.
    #[serde(skip_serializing_if = "is_false")]
    pub service_account: bool,
}

/// What is said of a user's identity at another provider.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Link {
    /// Whose.
    pub user: String,
    /// What the user's provider calls the other one.
    pub alias: String,
    /// Whether it is linked now.
    pub linked: bool,
    /// The identifier that it has there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What it is called there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// What is said of a group.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Group {
    /// Which.
    pub group: String,
    /// The organization that it is in; absent for one of the realm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// What it is called, where that is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The group that it is in, where that is told; within: none, where it is at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Option<String>>,
}

/// What is said of an organization.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Organization {
    /// Which, by the provider's identifier.
    pub organization: String,
    /// What tokens may call it.
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
