//! Users of the Admin API.

use keycloak::{Fault, Object, User, text};

/// The most characters of a username, as in Keycloak's own column.
const LONGEST_USERNAME: usize = 255;

/// How the usernames of service accounts begin.
const SERVICE_ACCOUNTS: &str = "service-account-";

/// An item of a list of users.
#[derive(Debug, Eq, PartialEq)]
pub enum Listed {
    /// A person.
    Person(Box<Person>),
    /// The service account of a client, which is left as it is.
    ServiceAccount(String),
    /// A user that cannot be read completely.
    Unreadable(String, Fault),
}

/// A person, and the time before which all its tokens are revoked.
#[derive(Debug, Eq, PartialEq)]
pub struct Person {
    /// The user.
    pub user: User,
    /// The "not before" of its tokens, in seconds since the epoch.
    pub not_before: Option<u64>,
}

/// Reads an item of a list. Without an identifier or a username, the item is not a user, and the list not one of users.
pub fn listed(object: &Object<'_>) -> Result<Listed, Fault> {
    let id = object.identifier("id")?.ok_or(Fault("no_user"))?;
    let username = object.text("username")?.ok_or(Fault("no_username"))?;
    if object.has("serviceAccountClientId") {
        return Ok(Listed::ServiceAccount(id));
    }
    Ok(match person(object, &id, &username) {
        Ok(person) => Listed::Person(Box::new(person)),
        Err(fault) => Listed::Unreadable(id, fault),
    })
}

/// Reads an answer about one user, which may be a service account, too.
pub fn found(object: &Object<'_>) -> Result<Listed, Fault> {
    let is_service_account = matches!(
        object.text("username"),
        Ok(Some(username)) if username.starts_with(SERVICE_ACCOUNTS)
    );
    match object.identifier("id")? {
        Some(id) if is_service_account => Ok(Listed::ServiceAccount(id)),
        _ => listed(object),
    }
}

fn person(object: &Object<'_>, id: &str, username: &str) -> Result<Person, Fault> {
    if username.chars().count() > LONGEST_USERNAME {
        return Err(Fault("unusable_username"));
    }
    let username = text::caseless(username).ok_or(Fault("unusable_username"))?;
    let attributes = object.object("attributes")?.unwrap_or_default();
    let enabled = object
        .boolean("enabled")?
        .ok_or(Fault("not_told_whether_enabled"))?;
    Ok(Person {
        user: User {
            user: id.to_owned(),
            creates: true,
            username: Some(username),
            email: Some(object.caseless("email")?),
            first_name: Some(object.name("firstName")?),
            last_name: Some(object.name("lastName")?),
            enabled: Some(enabled),
            attributes: Some(attributes.lists()?),
            service_account: false,
        },
        not_before: object.moment("notBefore")?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::reading::{List, UserRow};

    const CAPTURED: &str = include_str!("../../captured/users.json");

    fn read(user: &Value) -> Result<Listed, Fault> {
        let json = user.to_string();
        listed(&Object::parse(&json).unwrap())
    }

    fn list<T>(at: u64) -> List<T> {
        let items = Vec::new();
        List { at, items }
    }

    fn kept(user: &Value) -> Value {
        let Listed::Person(person) = read(user).unwrap() else {
            panic!("{user}");
        };
        json!(UserRow {
            at: 1,
            user: person.user,
            not_before: person.not_before,
            links: list(3),
            groups: Some(list(2)),
            organization_groups: None,
            organizations: None,
        })
    }

    #[test]
    fn users_as_a_keycloak_has_them() {
        let users: Vec<Value> = serde_json::from_str(CAPTURED).unwrap();
        let alicia = json!({"at": 1, "links": {"at": 3, "items": []}, "groups": {"at": 2, "items": []}, "user": {
            "user": "e41fa831-ce26-47ef-8027-408ce08515e0", "creates": true, "username": "alicia",
            "email": "alice.anders@acme.example", "first_name": "Alice", "last_name": "Anders", "enabled": true,
            "attributes": {"department": ["sales", "emea"],
                "organization_id": ["0198a8a0-0000-7000-8000-000000000001"]}}});
        assert_eq!(kept(&users[0]), alicia);
        let bob = kept(&users[1]);
        assert_eq!(bob["not_before"], 1_795_815_330);
        assert_eq!(bob["user"]["attributes"], json!({}));
    }

    #[test]
    fn every_field_is_told_the_empty_ones_too() {
        let plain = kept(
            &json!({"id": "a", "username": "A", "enabled": false, "email": "", "notBefore": 0}),
        );
        let user = json!({"user": "a", "creates": true, "username": "a", "email": null, "first_name": null,
            "last_name": null, "enabled": false, "attributes": {}});
        assert_eq!(plain["user"], user);
        assert!(plain.get("not_before").is_none());
        // Without organizations there is no list that could be empty.
        assert!(plain.get("organizations").is_none());
    }

    #[test]
    fn service_accounts_are_left_alone() {
        let own = json!({"id": "s", "username": "x", "serviceAccountClientId": "drive"});
        assert_eq!(read(&own), Ok(Listed::ServiceAccount("s".to_owned())));
        // In a list, it may be the name of a person; an answer about one user has no other sign of a service account.
        let named = json!({"id": "s", "username": "service-account-drive", "enabled": true});
        assert!(matches!(read(&named), Ok(Listed::Person(_))));
        let json = named.to_string();
        let found = found(&Object::parse(&json).unwrap());
        assert_eq!(found, Ok(Listed::ServiceAccount("s".to_owned())));
    }

    #[test]
    fn who_cannot_be_read_is_named_and_what_is_no_user_is_refused() {
        let long = "é".repeat(256);
        for user in [
            json!({"id": "a", "username": "", "enabled": true}),
            json!({"id": "a", "username": long, "enabled": true}),
            json!({"id": "a", "username": "a"}),
            json!({"id": "a", "username": "a", "enabled": "yes"}),
            json!({"id": "a", "username": "a", "enabled": true, "attributes": []}),
            json!({"id": "a", "username": "a", "enabled": true, "attributes": {"b": 1}}),
            json!({"id": "a", "username": "a", "enabled": true, "notBefore": -1}),
            json!({"id": "a", "username": "a", "enabled": true, "notBefore": 1_795_815_080_027_u64}),
        ] {
            assert!(
                matches!(read(&user), Ok(Listed::Unreadable(id, _)) if id == "a"),
                "{user}"
            );
        }
        for other in [
            json!({}),
            json!({"error": "unknown_error"}),
            json!({"id": "a", "enabled": true}),
            json!({"id": "a", "username": 7, "enabled": true}),
            json!({"id": 1, "username": "a"}),
            json!({"id": "", "username": "a"}),
            json!({"id": "a".repeat(256), "username": "a"}),
        ] {
            assert!(read(&other).is_err(), "{other}");
        }
    }
}
