//! Changes through Keycloak's SCIM endpoints (RFC 7644): their events have the types of the Admin API, but other paths,
//! and SCIM's representation of the resource after the change (RFC 7643).

use keycloak::{Object, text};

use super::{Fault, delivery::Delivery, users};
use crate::facts::{Fact, Group, User};

/// The facts of an event for a resource of SCIM; nothing if it is for no such resource.
pub fn facts(kind: &str, delivery: &Delivery<'_>) -> Result<Option<Vec<Fact>>, Fault> {
    let path = delivery.path().unwrap_or_default();
    let ["scim", _, resources, id] = *path else {
        return Ok(None);
    };
    let id = text::identifier(id)?;
    let sent = delivery.representation()?.unwrap_or_default();
    let facts = match (kind, resources) {
        ("admin.USER-CREATE", "Users") => vec![Fact::User(user(id, &sent)?)],
        ("admin.USER-UPDATE", "Users") => users::with_end(user(id, &sent)?),
        ("admin.USER-DELETE", "Users") => users::gone(id),
        ("admin.GROUP-CREATE", "Groups") => group(id, &sent, Some(None))?,
        ("admin.GROUP-UPDATE", "Groups") => group(id, &sent, None)?,
        ("admin.GROUP-DELETE", "Groups") => vec![Fact::GroupDeleted { group: id }],
        _ => return Ok(None),
    };
    Ok(Some(facts))
}

fn user(user: String, sent: &Object<'_>) -> Result<User, Fault> {
    let name = sent.object("name")?.unwrap_or_default();
    let mut emails = sent.objects("emails")?;
    // The primary one comes first; there is at most one.
    emails.sort_by_key(|email| email.boolean("primary") != Ok(Some(true)));
    let email = emails.first().map(|email| email.caseless("value"));
    // If it names its schemas, it is complete: an absent member was removed.
    let is_whole = sent.has("schemas");
    let told = |value: Option<String>| (is_whole || value.is_some()).then_some(value);
    Ok(User {
        user,
        creates: true,
        username: sent.caseless("userName")?,
        email: told(email.transpose()?.flatten()),
        first_name: told(name.name("givenName")?),
        last_name: told(name.name("familyName")?),
        enabled: sent.boolean("active")?,
        ..User::default()
    })
}

/// A group with its members; the representation does not show who left it.
fn group(
    group: String,
    sent: &Object<'_>,
    parent: Option<Option<String>>,
) -> Result<Vec<Fact>, Fault> {
    let mut facts = vec![Fact::Group(Group {
        group: group.clone(),
        organization: None,
        name: sent.name("displayName")?,
        parent,
    })];
    for member in sent.objects("members")? {
        let is_group = member.text("type")?.is_some_and(|kind| kind == "Group");
        if let Some(user) = member.identifier("value")?
            && !is_group
        {
            facts.push(Fact::GroupMember {
                group: group.clone(),
                user,
                member: true,
            });
        }
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn kept(kind: &str, path: &str, representation: &Value) -> Value {
        let body = json!({"resourcePath": path, "representation": representation.to_string()});
        let body = body.to_string();
        let delivery = Delivery::of(&Object::parse(&body).unwrap()).unwrap();
        json!(facts(kind, &delivery).unwrap())
    }

    #[test]
    fn users_as_scim_has_them() {
        let sent = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Alice",
            "name": {"givenName": "Alice", "familyName": "Arnold"}, "active": false,
            "emails": [{"value": "other@x"}, {"value": "Alice@ACME.example", "primary": true}]});
        let expected = json!([{"kind": "user", "user": "a", "creates": true, "username": "alice",
            "email": "alice@acme.example", "first_name": "Alice", "last_name": "Arnold", "enabled": false}]);
        assert_eq!(
            kept("admin.USER-CREATE", "scim/v2/Users/a", &sent),
            expected
        );
        let end = json!({"kind": "revocation", "scope": "subject", "user": "a"});
        assert_eq!(
            kept("admin.USER-UPDATE", "scim/v2/Users/a", &sent),
            json!([expected[0], end])
        );
        let deleted = json!([{"kind": "user_deleted", "user": "a"}, end]);
        assert_eq!(
            kept("admin.USER-DELETE", "scim/v2/Users/a", &json!({})),
            deleted
        );
        for path in [
            "users/a",
            "scim/v2/Groups/a",
            "scim/v2/Users",
            "scim/v2/Users/a/b",
        ] {
            assert_eq!(
                kept("admin.USER-CREATE", path, &sent),
                Value::Null,
                "{path}"
            );
        }
    }

    #[test]
    fn groups_as_scim_has_them() {
        let sent = json!({"displayName": "editors",
            "members": [{"value": "a", "type": "User"}, {"value": "b"}, {"value": "g2", "type": "Group"}]});
        let member =
            |user| json!({"kind": "group_member", "group": "g", "user": user, "member": true});
        let created = json!([{"kind": "group", "group": "g", "name": "editors", "parent": null},
            member("a"), member("b")]);
        assert_eq!(
            kept("admin.GROUP-CREATE", "scim/v2/Groups/g", &sent),
            created
        );
        let updated =
            json!([{"kind": "group", "group": "g", "name": "editors"}, member("a"), member("b")]);
        assert_eq!(
            kept("admin.GROUP-UPDATE", "scim/v2/Groups/g", &sent),
            updated
        );
        let deleted = json!([{"kind": "group_deleted", "group": "g"}]);
        assert_eq!(
            kept("admin.GROUP-DELETE", "scim/v2/Groups/g", &json!({})),
            deleted
        );
    }
}
