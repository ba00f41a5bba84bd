//! What an event says, in a form that PostgreSQL applies and the inbox keeps.

use inbox::Revocation;
pub use keycloak::{Group, Link, Organization, User};
use serde::Serialize;

/// An event of a Keycloak with its facts.
pub type Event = inbox::Event<Fact>;

/// One thing that an event says. What is absent is not said.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// What a user is, or is called.
    User(User),
    /// A user is gone.
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
    /// What a group is called, and where it is.
    Group(Group),
    /// A group is gone, with all below it.
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
    /// What an organization is.
    Organization(Organization),
    /// An organization is gone.
    OrganizationDeleted {
        /// Which.
        organization: String,
    },
    /// A user joined an organization, or left it.
    Membership(Membership),
    /// Tokens count no more.
    Revocation(Revocation),
    /// Somebody's password was reset, which ends sessions where the provider is set so.
    PasswordReset {
        /// Whose.
        user: String,
    },
    /// What a client is called, and whether its tokens count.
    Client(Client),
    /// Tokens that were issued before a moment count no more.
    NotBefore {
        /// That moment, in seconds since the epoch.
        not_before: u64,
    },
}

/// What is said of a client.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Client {
    /// Which, by the provider's identifier, where that is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// What its tokens call it, where that is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Whether it was disabled or deleted.
    pub ended: bool,
    /// Since when its tokens have to be issued to count, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<u64>,
}

/// Who is, or is no more, a member of an organization: the user, or whoever had this name and this e-mail address.
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
