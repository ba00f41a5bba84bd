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
        /// The user's identifier.
        user: String,
    },
    /// A user signed in.
    Login {
        /// The user's identifier.
        user: String,
    },
    /// A user's identity at another provider was linked, or unlinked.
    Link(Link),
    /// A group's name and place in the tree.
    Group(Group),
    /// A group was deleted, with its subgroups.
    GroupDeleted {
        /// The group's identifier.
        group: String,
    },
    /// A user joined a group, or left it.
    GroupMember {
        /// The group's identifier.
        group: String,
        /// The user's identifier.
        user: String,
        /// Whether the user is in it now.
        member: bool,
    },
    /// An organization's data.
    Organization(Organization),
    /// An organization was deleted.
    OrganizationDeleted {
        /// The organization's identifier.
        organization: String,
    },
    /// A user joined an organization, or left it.
    Membership(Membership),
    /// Tokens are revoked.
    Revocation(Revocation),
    /// A user's password was reset, which ends sessions if the provider is configured so.
    PasswordReset {
        /// The user's identifier.
        user: String,
    },
    /// A client's name, and whether its tokens are accepted.
    Client(Client),
    /// Tokens that were issued before a moment are revoked.
    NotBefore {
        /// The moment, in seconds since the epoch.
        not_before: u64,
    },
}

/// A client's data.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Client {
    /// The provider's id of the client, if known.
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

/// Membership of an organization: that of the user, or of the user who had this name and this e-mail address.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Membership {
    /// The organization's identifier.
    pub organization: String,
    /// Whether the user is a member.
    pub member: bool,
    /// The user's identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The user's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The user's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}
