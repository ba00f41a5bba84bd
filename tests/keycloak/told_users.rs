//! Changes of users by an administrator of Keycloak arrive here.

use serde_json::json;

use crate::told::{Told, person, unique};

#[test]
fn a_user_is_created_and_changed_and_renamed() {
    let Some(told) = Told::start() else { return };
    let name = unique("greta");
    let mut greta = person(&name);
    greta["attributes"] = json!({"organization_id": [told.shell.database().organization("acme")]});
    let id = told.create("/users", &greta);
    let seen = told.until("a user is created", || told.user(&id));
    assert_eq!(seen["username"], name);
    assert_eq!(seen["email"], format!("{name}@example.com"));
    assert_eq!(seen["display_name"], "Greta Grau");
    assert_eq!(seen["provider"], "default");
    assert_eq!(seen["status"], "active");
    assert_eq!(seen["is_service_account"], false);

    // A partial update: omitted fields stay.
    let path = format!("/users/{id}");
    told.change("PUT", &path, &json!({"firstName": "Margarete"}));
    let seen = told.until("a first name is changed", || {
        told.user_with(&id, "display_name", &json!("Margarete Grau"))
    });
    assert_eq!(seen["email"], format!("{name}@example.com"));

    told.change("PUT", "", &json!({"editUsernameAllowed": true}));
    // Keycloak stores usernames and addresses in lower case.
    let renamed = unique("Gretchen");
    let body = json!({"username": renamed, "email": format!("{renamed}@EXAMPLE.com")});
    told.change("PUT", &path, &body);
    let renamed = renamed.to_lowercase();
    let seen = told.until("a user is renamed", || {
        told.user_with(&id, "username", &json!(renamed))
    });
    assert_eq!(seen["email"], format!("{renamed}@example.com"));
    assert_eq!(seen["display_name"], "Margarete Grau");
}

/// A member who holds a role through a group, and the role.
fn reader(told: &Told, name: &str) -> (String, String) {
    let group = unique("readers");
    let role = unique("read");
    let id = told.create_member(&unique(name));
    let in_group = told.create("/groups", &json!({"name": group}));
    told.add_role(&role, &[&format!("/{group}")]);
    told.change(
        "PUT",
        &format!("/users/{id}/groups/{in_group}"),
        &json!(null),
    );
    told.until_held("a user is put in a group", &id, &role, true);
    (id, role)
}

#[test]
fn who_is_disabled_holds_no_roles_until_enabled_again() {
    let Some(told) = Told::start() else { return };
    let (id, role) = reader(&told, "hans");

    let path = format!("/users/{id}");
    told.change("PUT", &path, &json!({"enabled": false}));
    told.until_held("a user is disabled", &id, &role, false);
    assert_eq!(told.user(&id).unwrap()["status"], "disabled");
    told.change("PUT", &path, &json!({"enabled": true}));
    told.until_held("a user is enabled", &id, &role, true);
    assert_eq!(told.user(&id).unwrap()["status"], "active");
}

#[test]
fn who_is_deleted_is_gone_and_holds_nothing() {
    let Some(told) = Told::start() else { return };
    let (id, role) = reader(&told, "ilse");

    told.change("DELETE", &format!("/users/{id}"), &json!(null));
    told.until("a user is deleted", || {
        told.user(&id).is_none().then_some(())
    });
    assert!(!told.holds(&id, &role));
}

#[test]
fn a_user_is_linked_to_a_provider_and_unlinked() {
    let Some(told) = Told::start() else { return };
    let id = told.create_member(&unique("jutta"));
    let alias = unique("google");
    let provider = json!({
        "alias": alias, "providerId": "google", "enabled": true, "hideOnLogin": true,
        "config": {"clientId": "a-client", "clientSecret": "a-secret"},
    });
    told.create("/identity-provider/instances", &provider);

    let path = format!("/users/{id}/federated-identity/{alias}");
    let link = json!({"userId": "117", "userName": "jutta@gmail.example"});
    told.change("POST", &path, &link);
    let linked = json!([{"provider": alias, "user_id": "117", "username": "jutta@gmail.example"}]);
    let seen = told.until("a provider is linked", || {
        told.user_with(&id, "linked_identities", &linked)
    });
    assert_eq!(seen["status"], "active");

    told.change("DELETE", &path, &json!(null));
    told.until("a provider is unlinked", || {
        told.user_with(&id, "linked_identities", &json!([]))
    });
    told.change(
        "DELETE",
        &format!("/identity-provider/instances/{alias}"),
        &json!(null),
    );
}
