//! From the answers of the Admin API to the rows that PostgreSQL applies.

pub mod groups;
pub mod links;
pub mod organizations;
pub mod realm;
pub mod users;

use keycloak::{Group, Organization, User};
use serde::Serialize;

/// A fact, and what it counts as of, in milliseconds since the epoch.
#[derive(Debug, Serialize)]
pub struct FactRow {
    /// As of when.
    pub at: u64,
    /// What is so.
    pub fact: Fact,
}

/// An organization again, once it is known that the realm is the one that was meant: its alias may then contradict that
/// of an organization here.
#[derive(Debug, Serialize)]
pub struct AliasRow {
    /// As of when.
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
    /// Of an organization.
    pub fn of(organization: Organization) -> Self {
        Self {
            fact: Fact::Organization(organization),
            may_contradict: true,
        }
    }
}

/// What is so at the provider, beside its users.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// An organization's data.
    Organization(Organization),
    /// A group's name and place in the tree.
    Group(Group),
    /// Tokens that were issued before a moment are revoked.
    NotBefore {
        /// That moment, in seconds since the epoch.
        not_before: u64,
    },
}

impl Fact {
    /// What tells it from all others.
    pub fn key(&self) -> String {
        match self {
            Self::Organization(told) => format!("organization {}", told.organization),
            Self::Group(told) => format!("group {}", told.group),
            Self::NotBefore { .. } => "realm".to_owned(),
        }
    }
}

/// A list, and what it counts as of.
#[derive(Debug, Eq, PartialEq, Serialize)]
pub struct List<T> {
    /// As of when.
    pub at: u64,
    /// All that is in it.
    pub items: Vec<T>,
}

impl<T> List<T> {
    /// The same list of something of each item.
    pub fn map<U>(self, item: impl FnMut(T) -> U) -> List<U> {
        List {
            at: self.at,
            items: self.items.into_iter().map(item).collect(),
        }
    }
}

/// A user with all that hangs on it. What was not read is absent.
#[derive(Debug, Serialize)]
pub struct UserRow {
    /// What the user itself counts as of.
    pub at: u64,
    /// Who it is.
    pub user: User,
    /// The "not before" of its tokens, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<u64>,
    /// Its identities at other providers.
    pub links: List<links::Link>,
    /// The groups that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<List<String>>,
    /// As of when those within organizations are among them; absent where the provider does not list these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_groups: Option<AsOf>,
    /// The organizations that it is a member of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizations: Option<List<String>>,
}

/// That something was read.
#[derive(Debug, Serialize)]
pub struct AsOf {
    /// As of when.
    pub at: u64,
}

/// That something is gone.
#[derive(Debug, Serialize)]
pub struct GoneRow {
    /// What it was: `user`, `group` or `organization`.
    pub kind: &'static str,
    /// Which.
    pub id: String,
    /// As of when.
    pub at: u64,
}

/// A user of whom the provider knows nothing.
#[derive(Debug, Serialize)]
pub struct UnknownRow {
    /// Who.
    pub id: String,
    /// As of when.
    pub at: u64,
}
