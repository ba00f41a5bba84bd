//! The facts of an event, in a form that PostgreSQL applies and the inbox stores.

use inbox::Revocation;
pub use keycloak::{Group, Link, Organization, User};
use serde::Serialize;

/// An event of a Keycloak with its facts.
pub type Event = inbox::Event<Fact>;

/// One fact of an event. An absent field is unknown.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// A user's data.
    User(User),
    /// A user was deleted.
    UserDeleted {
        /// Whom.
        user: String,
    },
    /// A user signed in.
    Login {
        /// Who.
        user: String,
    },
    /// A user's identity at another provider was linked, or unlinked.
    Link(Link),
    /// A group's name and place in the tree.
    Group(Group),
    /// A group was deleted, with its subgroups.
    GroupDeleted {
        /// Which.
        group: String,
    },
    /// A user joined a group, or left it.
    GroupMember {
        /// Which.
        group: String,
        /// Who.
        user: String,
        /// Whether the user is in it now.
        member: bool,
    },
    /// An organization's data.
    Organization(Organization),
    /// An organization was deleted.
    OrganizationDeleted {
        /// Which.
        organization: String,
    },
    /// A user joined an organization, or left it.
    Membership(Membership),
    /// Tokens are revoked.
    Revocation(Revocation),
    /// A user's password was reset, which ends sessions if the provider is configured so.
    PasswordReset {
        /// Whose.
        user: String,
    },
    /// A client's name, and whether its tokens are accepted.
    Client(Client),
    /// Tokens that were issued before a moment are revoked.
    NotBefore {
        /// That moment, in seconds since the epoch.
        not_before: u64,
    },
}

/// A client's data.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Client {
    /// The provider's id of it, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The `client_id` in its tokens, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Whether it was disabled or deleted.
    pub ended: bool,
    /// The "not before" of its tokens, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<u64>,
}

/// Membership of an organization: of the user, or of whoever had this name and this e-mail address.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Membership {
    /// Of which organization.
    pub organization: String,
    /// Whether a member.
    pub member: bool,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What the user is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The user's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}
