//! Converts the answers of the Admin API to the rows that PostgreSQL applies.

pub mod groups;
pub mod links;
pub mod organizations;
pub mod realm;
pub mod users;

use keycloak::{Group, Organization, User};
use serde::Serialize;

/// A fact, and the time of its state, in milliseconds since the epoch, as in all rows.
#[derive(Debug, Serialize)]
pub struct FactRow {
    /// The time of the state.
    pub at: u64,
    /// The fact.
    pub fact: Fact,
}

/// An organization that is sent again once the realm is known to be the right one: its alias may then contradict that
/// of an organization here.
#[derive(Debug, Serialize)]
pub struct AliasRow {
    /// The time of the state.
    pub at: u64,
    /// The organization with its alias.
    pub fact: AliasFact,
}

/// An organization whose alias may contradict another one.
#[derive(Debug, Serialize)]
pub struct AliasFact {
    #[serde(flatten)]
    fact: Fact,
    may_contradict: bool,
}

impl AliasFact {
    /// The fact of an organization.
    pub fn of(organization: Organization) -> Self {
        Self {
            fact: Fact::Organization(organization),
            may_contradict: true,
        }
    }
}

/// A fact about the provider, other than its users.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// An organization's data.
    Organization(Organization),
    /// A group's name and place in the tree.
    Group(Group),
    /// Tokens that were issued before a time are revoked.
    NotBefore {
        /// That time, in seconds since the epoch.
        not_before: u64,
    },
}

impl Fact {
    /// A key that distinguishes it from all others.
    pub fn key(&self) -> String {
        match self {
            Self::Organization(told) => format!("organization {}", told.organization),
            Self::Group(told) => format!("group {}", told.group),
            Self::NotBefore { .. } => "realm".to_owned(),
        }
    }
}

/// A list, and the time of its state.
#[derive(Debug, Eq, PartialEq, Serialize)]
pub struct List<T> {
    /// The time of the state.
    pub at: u64,
    /// Its items.
    pub items: Vec<T>,
}

impl<T> List<T> {
    /// The same list with each item converted.
    pub fn map<U>(self, item: impl FnMut(T) -> U) -> List<U> {
        List {
            at: self.at,
            items: self.items.into_iter().map(item).collect(),
        }
    }
}

/// A user with everything that belongs to it. What was not read is absent.
#[derive(Debug, Serialize)]
pub struct UserRow {
    /// The time of the state of the user itself.
    pub at: u64,
    /// The user itself.
    pub user: User,
    /// The "not before" of its tokens, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<u64>,
    /// Its identities at other providers.
    pub links: List<links::Link>,
    /// The groups that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<List<String>>,
    /// The time of the state of the groups within organizations among them; absent if the provider does not list these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_groups: Option<AsOf>,
    /// The organizations that it is a member of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizations: Option<List<String>>,
}

/// The time of something that was read.
#[derive(Debug, Serialize)]
pub struct AsOf {
    /// The time of the state.
    pub at: u64,
}

/// An object that the provider has deleted.
#[derive(Debug, Serialize)]
pub struct GoneRow {
    /// Its kind: `user`, `group` or `organization`.
    pub kind: &'static str,
    /// Its identifier.
    pub id: String,
    /// The time of the state.
    pub at: u64,
}

/// A user that the provider does not know.
#[derive(Debug, Serialize)]
pub struct UnknownRow {
    /// Its identifier.
    pub id: String,
    /// The time of the state.
    pub at: u64,
}
