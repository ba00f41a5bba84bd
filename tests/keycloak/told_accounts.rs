//! Changes that users make to their own accounts arrive here, and service accounts of clients act.

use serde_json::{Value, json};
use tests::Browser;
use xtask::keycloak::{self, Access, Admin};

use crate::told::{Told, person, unique};

const NOTHING: Value = Value::Null;

/// Lets a user sign in with the common password.
fn give_password(told: &Told, user: &str) {
    let password = json!({
        "type": "password", "value": told.keycloak.access.user_password, "temporary": false,
    });
    told.change("PUT", &format!("/users/{user}/reset-password"), &password);
}

/// The id of the user with this username in Keycloak.
fn found(told: &Told, username: &str) -> Option<String> {
    let path = format!("/users?exact=true&username={username}");
    let users = told.keycloak.admin().get(&path).unwrap().unwrap();
    users[0]["id"].as_str().map(str::to_owned)
}

#[test]
fn who_changes_the_own_profile_moves_no_membership() {
    let Some(told) = Told::start() else { return };
    let name = unique("quirin");
    let user = told.create_member(&name);
    give_password(&told, &user);
    let token = {
        let _settings = told.keycloak.unchanged();
        told.keycloak.token(&name, "")
    };
    let seen = told.until("a user signs in", || {
        told.user(&user)
            .filter(|user| user["last_login_at"].is_string())
    });
    assert_eq!(seen["display_name"], "Greta Grau");

    let call = |method: &str, body: &Value| told.keycloak.call(method, "/account", &token, body);
    let mut profile = call("GET", &NOTHING).expect(200).json();
    profile["firstName"] = json!("Quirin");
    profile["email"] = json!(format!("{name}@example.org"));
    assert_eq!(call("POST", &profile).status, 204);
    let seen = told.until("a user changes the own profile", || {
        told.user_with(&user, "display_name", &json!("Quirin Grau"))
    });
    assert_eq!(seen["email"], format!("{name}@example.org"));
}

#[test]
fn who_registers_is_known_and_who_deletes_the_own_account_is_not() {
    let Some(told) = Told::start() else { return };
    told.change("PUT", "", &json!({"registrationAllowed": true}));
    let name = unique("rosa");
    let email = format!("{name}@example.com");
    Browser::new(&told.keycloak.access).register(&[
        ("username", &name),
        ("email", &email),
        ("firstName", "Rosa"),
        ("lastName", "Rot"),
    ]);
    let user = found(&told, &name).unwrap();
    // A user who registers is in no organization.
    told.join(&told.organization, &user);
    let seen = told.until("a user registers, and is made a member", || {
        told.user(&user)
    });
    assert_eq!(seen["username"], name);
    assert_eq!(seen["email"], email);
    assert_eq!(seen["display_name"], "Rosa Rot");

    allow_deletion(&told, &user);
    Browser::new(&told.keycloak.access).delete_account(&name);
    assert_eq!(found(&told, &name), None);
    told.until("a user deletes the own account", || {
        told.user(&user).is_none().then_some(())
    });
}

/// Makes Keycloak let a user delete the user's own account.
fn allow_deletion(told: &Told, user: &str) {
    let admin = told.keycloak.admin();
    let path = "/authentication/required-actions/delete_account";
    let mut action = admin.get(path).unwrap().unwrap();
    action["enabled"] = json!(true);
    told.change("PUT", path, &action);
    let clients = admin.get("/clients?clientId=account").unwrap().unwrap();
    let client = clients[0]["id"].as_str().unwrap();
    let role = admin.get(&format!("/clients/{client}/roles/delete-account"));
    let role = role.unwrap().unwrap();
    let path = format!("/users/{user}/role-mappings/clients/{client}");
    told.change("POST", &path, &json!([role]));
}

/// Another realm of the same Keycloak, with which users may sign in to the Shell's realm.
struct Partner {
    access: Access,
    alias: String,
}

impl Partner {
    fn start(told: &Told, person: &Value) -> Self {
        let alias = unique("partner");
        let access = Access {
            realm: alias.clone(),
            ..told.keycloak.access.clone()
        };
        let mut person = person.clone();
        person["credentials"] = json!([{"type": "password", "value": access.user_password}]);
        let realm = json!({
            "realm": alias, "enabled": true, "users": [person],
            "clients": [{"clientId": "shell", "secret": "a-secret", "redirectUris": ["*"]}],
        });
        Admin::sign_in(&access)
            .unwrap()
            .create_realm(&realm)
            .unwrap();
        let protocol = access.protocol();
        let provider = json!({
            "alias": alias, "providerId": "keycloak-oidc", "enabled": true, "hideOnLogin": true,
            "trustEmail": true,
            "config": {
                "clientId": "shell", "clientSecret": "a-secret", "clientAuthMethod": "client_secret_post",
                "issuer": access.issuer(), "authorizationUrl": format!("{protocol}/auth"),
                "tokenUrl": format!("{protocol}/token"), "userInfoUrl": format!("{protocol}/userinfo"),
                "jwksUrl": format!("{protocol}/certs"), "useJwksUrl": "true", "validateSignature": "true",
                "defaultScope": "openid profile email", "syncMode": "IMPORT",
            },
        });
        told.create("/identity-provider/instances", &provider);
        Self { access, alias }
    }

    fn end(self, told: &Told) {
        let path = format!("/identity-provider/instances/{}", self.alias);
        told.change("DELETE", &path, &NOTHING);
        Admin::sign_in(&self.access)
            .unwrap()
            .remove_realm()
            .unwrap();
    }
}

#[test]
fn who_signs_in_through_another_realm_is_known_and_linked_with_it() {
    let Some(told) = Told::start() else { return };
    let name = unique("sara");
    let partner = Partner::start(&told, &person(&name));
    Browser::new(&told.keycloak.access).sign_in_through(&partner.alias, &name);
    let user = found(&told, &name).unwrap();
    told.join(&told.organization, &user);
    let seen = told.until(
        "a user comes through another realm, and is made a member",
        || told.user(&user),
    );
    assert_eq!(seen["username"], name);
    assert_eq!(seen["email"], format!("{name}@example.com"));
    let linked = &seen["linked_identities"][0];
    assert_eq!(linked["provider"], partner.alias);
    assert_eq!(linked["username"], name);
    partner.end(&told);
}

#[test]
fn a_service_account_is_known_by_its_first_token() {
    let Some(told) = Told::start() else { return };
    let client = unique("svc");
    let body = json!({
        "clientId": client, "secret": "a-secret", "standardFlowEnabled": false,
        "serviceAccountsEnabled": true,
    });
    let id = told.create("/clients", &body);
    let path = format!("/clients/{id}/service-account-user");
    let user = told.keycloak.admin().get(&path).unwrap().unwrap();
    let user = user["id"].as_str().unwrap();
    keycloak::for_service_account(&told.keycloak.access, &client).unwrap();
    let is_known = || {
        let query = "SELECT is_service_account FROM shell.users WHERE external_id = $1::text";
        let mut database = told.shell.database().as_superuser();
        let row = database.query_opt(query, &[&user]).unwrap();
        row.map(|row| row.get::<_, bool>(0))
    };
    assert!(told.until("a client asks for its first token", is_known));
    told.change("DELETE", &format!("/clients/{id}"), &NOTHING);
}
