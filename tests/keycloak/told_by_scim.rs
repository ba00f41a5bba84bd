//! Changes through Keycloak's SCIM API arrive here, as far as its events contain them.

use serde_json::{Value, json};
use tests::Answer;
use xtask::keycloak;

use crate::told::{Told, unique};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The token of a client that may use the API: its audience is the API's address, and its account manages users.
fn token(told: &Told) -> String {
    let access = &told.keycloak.access;
    let client = unique("scim");
    let body = json!({
        "clientId": client, "secret": "a-secret", "standardFlowEnabled": false,
        "serviceAccountsEnabled": true,
        "protocolMappers": [{
            "name": "audience", "protocol": "openid-connect",
            "protocolMapper": "oidc-audience-mapper",
            "config": {
                "included.custom.audience": format!("{}/scim/v2", access.issuer()),
                "access.token.claim": "true",
            },
        }],
    });
    let id = told.create("/clients", &body);
    let admin = told.keycloak.admin();
    let get = |path: &str| admin.get(path).unwrap().unwrap();
    let user = get(&format!("/clients/{id}/service-account-user"));
    let managing = get("/clients?clientId=realm-management");
    let managing = managing[0]["id"].as_str().unwrap();
    let role = get(&format!("/clients/{managing}/roles/manage-users"));
    let user = user["id"].as_str().unwrap();
    let path = format!("/users/{user}/role-mappings/clients/{managing}");
    told.change("POST", &path, &json!([role]));
    keycloak::for_service_account(access, &client).unwrap()
}

/// A change of one existing object.
fn patch(operation: &Value) -> Value {
    json!({"schemas": [PATCH], "Operations": [operation]})
}

#[test]
fn users_and_groups_are_provisioned_by_scim() {
    let Some(told) = Told::start() else { return };
    told.change("PUT", "", &json!({"scimApiEnabled": true}));
    let token = token(&told);
    let scim = |method: &str, path: &str, body: &Value| -> Answer {
        let path = format!("/scim/v2{path}");
        let answer = told.keycloak.call(method, &path, &token, body);
        assert_eq!(answer.status / 100, 2, "{}", answer.body);
        answer
    };
    let made = |answer: Answer| answer.json()["id"].as_str().unwrap().to_owned();

    let name = unique("Tilda");
    let user = made(scim(
        "POST",
        "/Users",
        &json!({
            "schemas": [USER], "userName": name, "active": true,
            "name": {"givenName": "Tilda", "familyName": "Tal"},
            "emails": [{"value": format!("{name}@example.com"), "primary": true}],
        }),
    ));
    // SCIM does not know organizations.
    told.join(&told.organization, &user);
    let seen = told.until("a user is created by SCIM, and made a member", || {
        told.user(&user)
    });
    let name = name.to_lowercase();
    assert_eq!(seen["username"], name);
    assert_eq!(seen["email"], format!("{name}@example.com"));
    assert_eq!(seen["display_name"], "Tilda Tal");

    let path = format!("/Users/{user}");
    let renamed = patch(&json!({"op": "replace", "path": "name.familyName", "value": "Tann"}));
    scim("PATCH", &path, &renamed);
    told.until("a user is renamed by SCIM", || {
        told.user_with(&user, "display_name", &json!("Tilda Tann"))
    });
    let disabled = patch(&json!({"op": "replace", "path": "active", "value": false}));
    scim("PATCH", &path, &disabled);
    told.until("a user is disabled by SCIM", || {
        told.user_with(&user, "status", &json!("disabled"))
    });
    let enabled = patch(&json!({"op": "replace", "path": "active", "value": true}));
    scim("PATCH", &path, &enabled);
    told.until("a user is enabled by SCIM", || {
        told.user_with(&user, "status", &json!("active"))
    });

    let [club, role, other] = ["club", "play", "sing"].map(unique);
    told.add_role(&role, &[&format!("/{club}")]);
    told.add_role(&other, &[&format!("/{club}-of-singers")]);
    let group = json!({"schemas": [GROUP], "displayName": club});
    let group = made(scim("POST", "/Groups", &group));
    // No event reports a user who joins a group by SCIM; one does with the Admin API.
    told.change(
        "PUT",
        &format!("/users/{user}/groups/{group}"),
        &json!(null),
    );
    told.until_held("a group was created by SCIM", &user, &role, true);
    let path = format!("/Groups/{group}");
    let name = format!("{club}-of-singers");
    scim(
        "PATCH",
        &path,
        &patch(&json!({"op": "replace", "path": "displayName", "value": name})),
    );
    told.until_held("a group is renamed by SCIM", &user, &other, true);
    assert!(!told.holds(&user, &role));
    scim("DELETE", &path, &json!(null));
    told.until_held("a group is deleted by SCIM", &user, &other, false);

    scim("DELETE", &format!("/Users/{user}"), &json!(null));
    told.until("a user is deleted by SCIM", || {
        told.user(&user).is_none().then_some(())
    });
}
