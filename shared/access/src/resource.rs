//! The actions and resources that the Shell protects.

use std::borrow::Cow;

/// What a request does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Reads it.
    Read,
    /// Creates, changes or deletes it.
    Write,
    /// Sends a heartbeat of an app.
    Heartbeat,
    /// Adds an event to the trail for another actor than the caller.
    Append,
    /// Evaluates what another user than the caller may do.
    Evaluate,
    /// Acts for an organization that is not the caller's own.
    ActFor,
    /// Removes a user from the tenant, or everywhere.
    Erase,
    /// Introspects a token.
    Introspect,
}

impl Action {
    /// The action's name in permissions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Heartbeat => "heartbeat",
            Self::Append => "append",
            Self::Evaluate => "evaluate",
            Self::ActFor => "act_for",
            Self::Erase => "erase",
            Self::Introspect => "introspect",
        }
    }
}

/// The resource of a request. Apps, organizations, persons, callbacks and revocations of all tokens of a provider
/// belong to platform; all others belong to the entered tenant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Resource<'a> {
    /// An app, by its slug as the request has it.
    App(&'a str),
    /// An organization, by its slug; `*` for a list of them.
    Organization(&'a str),
    /// The tenant's audit trail.
    AuditEvent,
    /// What the tenant's users may do.
    Decision,
    /// A role, by its slug as the request has it; `*` for a list of roles.
    Role(&'a str),
    /// A user of the tenant, by its `external_id`; `*` for a list of them.
    User(&'a str),
    /// A user of a tenant's identity provider in any organization, by its `external_id`.
    Person(&'a str),
    /// The events that callbacks have delivered.
    WebhookEvent,
    /// A resource that the tenant stores, by its type and id; `*` for both in a list of them.
    Resource(&'a str, &'a str),
    /// Other tokens than the caller's own.
    Token,
    /// The revocations of the tenant's tokens.
    Revocation,
    /// The same of all of a provider's tokens.
    ProviderRevocation,
}

impl<'a> Resource<'a> {
    /// The resource's type in permissions.
    pub fn kind(self) -> &'static str {
        match self {
            Self::App(_) => "app",
            Self::Organization(_) => "organization",
            Self::AuditEvent => "audit_event",
            Self::Decision => "decision",
            Self::Role(_) => "role",
            Self::User(_) | Self::Person(_) => "user",
            Self::WebhookEvent => "webhook_event",
            Self::Resource(..) => "resource",
            Self::Token => "token",
            Self::Revocation | Self::ProviderRevocation => "revocation",
        }
    }

    /// Its id within the type. A list, and a resource that exists only once, is `*`, which is covered by a permission
    /// for any id.
    pub fn id(self) -> Cow<'a, str> {
        match self {
            Self::App(id)
            | Self::Organization(id)
            | Self::Role(id)
            | Self::User(id)
            | Self::Person(id) => id.into(),
            Self::AuditEvent
            | Self::Decision
            | Self::WebhookEvent
            | Self::Resource("*", "*")
            | Self::Token
            | Self::Revocation
            | Self::ProviderRevocation => "*".into(),
            Self::Resource(kind, id) => [&*escaped(kind), "/", id].concat().into(),
        }
    }

    /// Whether the right must be held in platform.
    pub fn is_of_platform(self) -> bool {
        matches!(
            self,
            Self::App(_)
                | Self::Organization(_)
                | Self::Person(_)
                | Self::WebhookEvent
                | Self::ProviderRevocation
        )
    }
}

/// A type without slashes, so that it ends at the first slash.
fn escaped(kind: &str) -> Cow<'_, str> {
    if kind.contains(['%', '/']) {
        kind.replace('%', "%25").replace('/', "%2F").into()
    } else {
        kind.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(resource: Resource<'_>, expected: &str) {
        let name = [resource.kind(), ":", &resource.id()].concat();
        assert_eq!(name, expected);
    }

    #[test]
    fn resources_are_called_as_permissions_call_them() {
        check(Resource::App("drive"), "app:drive");
        check(Resource::Organization("*"), "organization:*");
        check(Resource::AuditEvent, "audit_event:*");
        check(Resource::Decision, "decision:*");
        check(Resource::Role("editor"), "role:editor");
        check(Resource::User("alice"), "user:alice");
        check(Resource::Person("alice"), "user:alice");
        check(Resource::WebhookEvent, "webhook_event:*");
        check(Resource::Resource("doc", "a/b"), "resource:doc/a/b");
        check(Resource::Resource("doc/a", "b"), "resource:doc%2Fa/b");
        check(Resource::Resource("doc%2Fa", "b%"), "resource:doc%252Fa/b%");
        check(Resource::Resource("*", "*"), "resource:*");
        check(Resource::Token, "token:*");
        check(Resource::Revocation, "revocation:*");
        check(Resource::ProviderRevocation, "revocation:*");
    }
}
