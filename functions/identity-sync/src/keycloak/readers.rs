//! The event types that are read, and how.

use super::{Facts, accounts, clients, delivery::Delivery, groups, organizations, sessions, users};

/// Reads the facts of an event.
pub type Reader = fn(&Delivery<'_>) -> Facts;

/// The readers by event type.
const READERS: &[(&str, Reader)] = &[
    ("admin.USER-CREATE", users::created),
    ("admin.USER-UPDATE", users::updated),
    ("admin.USER-DELETE", users::deleted),
    ("admin.USER-ACTION", sessions::user_action),
    (
        "admin.USER_SESSION-DELETE",
        sessions::ended_by_administrator,
    ),
    ("admin.REALM-UPDATE", sessions::realm_updated),
    ("admin.REALM-ACTION", sessions::realm_action),
    ("admin.CLIENT-CREATE", clients::told),
    ("admin.CLIENT-UPDATE", clients::told),
    ("admin.CLIENT-DELETE", clients::deleted),
    ("admin.GROUP-CREATE", |delivery| {
        groups::created(delivery, groups::of_the_realm(&delivery.path()?))
    }),
    ("admin.GROUP-UPDATE", |delivery| {
        groups::updated(delivery, groups::of_the_realm(&delivery.path()?))
    }),
    ("admin.GROUP-DELETE", |delivery| {
        groups::deleted(groups::of_the_realm(&delivery.path()?))
    }),
    ("admin.GROUP_MEMBERSHIP-CREATE", |delivery| {
        groups::realm_member(delivery, true)
    }),
    ("admin.GROUP_MEMBERSHIP-DELETE", |delivery| {
        groups::realm_member(delivery, false)
    }),
    ("admin.ORGANIZATION-CREATE", organizations::told),
    ("admin.ORGANIZATION-UPDATE", organizations::told),
    ("admin.ORGANIZATION-DELETE", organizations::deleted),
    (
        "admin.ORGANIZATION_MEMBERSHIP-CREATE",
        organizations::joined,
    ),
    ("admin.ORGANIZATION_MEMBERSHIP-DELETE", organizations::left),
    ("admin.ORGANIZATION_GROUP-CREATE", |delivery| {
        groups::created(delivery, groups::of_an_organization(&delivery.path()?))
    }),
    ("admin.ORGANIZATION_GROUP-UPDATE", |delivery| {
        groups::updated(delivery, groups::of_an_organization(&delivery.path()?))
    }),
    ("admin.ORGANIZATION_GROUP-DELETE", |delivery| {
        groups::deleted(groups::of_an_organization(&delivery.path()?))
    }),
    ("admin.ORGANIZATION_GROUP_MEMBERSHIP-CREATE", |delivery| {
        groups::organization_member(delivery, true)
    }),
    ("admin.ORGANIZATION_GROUP_MEMBERSHIP-DELETE", |delivery| {
        groups::organization_member(delivery, false)
    }),
    ("access.REGISTER", accounts::registered),
    ("access.LOGIN", accounts::signed_in),
    ("access.CLIENT_LOGIN", accounts::client_signed_in),
    ("access.LOGOUT", sessions::logged_out),
    ("access.REVOKE_GRANT", sessions::revoked),
    ("access.UPDATE_PROFILE", accounts::updated),
    ("access.UPDATE_EMAIL", accounts::updated),
    ("access.UPDATE_CREDENTIAL", sessions::credential_updated),
    ("access.DELETE_ACCOUNT", accounts::deleted),
    ("access.FEDERATED_IDENTITY_LINK", |delivery| {
        accounts::linked(delivery, true)
    }),
    ("access.FEDERATED_IDENTITY_OVERRIDE_LINK", |delivery| {
        accounts::linked(delivery, true)
    }),
    ("access.REMOVE_FEDERATED_IDENTITY", |delivery| {
        accounts::linked(delivery, false)
    }),
    ("access.INVITE_ORG", accounts::invited),
    ("access.CLIENT_DELETE", clients::deleted_itself),
    (
        "access.USER_DISABLED_BY_PERMANENT_LOCKOUT",
        accounts::locked_out,
    ),
    ("access.USER_SESSION_DELETED", sessions::ended),
];

/// The reader of a type; nothing if the type is not read.
pub fn of(kind: &str) -> Option<Reader> {
    let mut readers = READERS.iter();
    readers
        .find(|(known, _)| *known == kind)
        .map(|(_, read)| *read)
}

/// All event types that are read: those that a Keycloak must be configured to send.
pub fn types() -> impl Iterator<Item = &'static str> {
    READERS.iter().map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::types::is_useless;
    use super::*;

    #[test]
    fn what_is_read_is_kept_and_read_in_one_way() {
        let mut seen = HashSet::new();
        for kind in types() {
            assert!(!is_useless(kind), "{kind}");
            assert!(seen.insert(kind), "{kind} stands there twice");
        }
    }
}
