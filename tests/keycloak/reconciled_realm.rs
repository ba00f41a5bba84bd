//! A separate realm with a Shell that may sweep it.

use serde_json::{Value, json};
use tests::{Folder, Keycloak, USERS_HEADER};
use xtask::keycloak::{PASSWORD_CLIENT, reconcile};

use crate::{
    ended_realm::password_client,
    told::{ORGANIZATION, Told, person, unique},
};

/// The secret with which the Shell reads the realm.
pub const SECRET: &str = "a-secret-of-the-reconciler";

/// The provider with which the realm's users may sign in.
pub const PARTNER: &str = "partner";

/// The organization's administrator.
const CHIEF: &str = "chief";

/// A Shell that receives the realm's events by a webhook, and whose job may read the realm.
pub fn start() -> Option<Told> {
    let told = start_without_roles()?;
    reconcile::allow(&told.keycloak.access, SECRET).unwrap();
    Some(told)
}

/// The same, but the client lacks the roles.
pub fn start_without_roles() -> Option<Told> {
    let mut keycloak = Keycloak::of_the_run()?;
    // A separate realm, since a sweep reads all of it.
    keycloak.access.realm = unique("reconciled");
    let setup = keycloak
        .setup()
        .variable("keycloak_admin_host", &keycloak.access.url)
        .variable("keycloak_admin_client", reconcile::CLIENT)
        .variable("keycloak_admin_secret", SECRET);
    let id = setup.database().organization(ORGANIZATION).to_string();
    let admin = keycloak.admin();
    let realm = realm(&keycloak.access.realm, &id);
    admin.create_realm(&realm).unwrap();
    // An administrator's rights in a new realm are only in tokens that are issued after its creation.
    let admin = keycloak.admin();
    reconcile::ensure_client(&admin, SECRET).unwrap();
    xtask::keycloak::webhooks::enable(&keycloak.access).unwrap();
    let mut chief = person(CHIEF);
    chief["credentials"] = password(&keycloak);
    let chief = admin.create("/users", &chief).unwrap();
    for alias in [ORGANIZATION, "globex"] {
        keycloak.add_organization(alias, &chief);
    }
    let users = format!("{USERS_HEADER}{ORGANIZATION},{CHIEF},,Chief,{chief},\n");
    let roles = format!("organization,username,role\n{ORGANIZATION},{CHIEF},admin\n");
    let files = [
        ("users.csv", users.as_str()),
        ("role_assignments.csv", roles.as_str()),
    ];
    let folder = Folder::of(&setup.environment, &files);
    setup.job("seed", Some(&folder), &["--update"]).unwrap();
    let statement =
        "UPDATE shell.identity_providers SET attributes = '{department}' WHERE slug = 'default'";
    let mut database = setup.database().as_superuser();
    database.execute(statement, &[]).unwrap();
    for (slug, id) in keycloak.organizations() {
        let statement = "UPDATE shell.organizations SET external_id = $2 WHERE slug = $1";
        database.execute(statement, &[&slug, &id]).unwrap();
    }
    let shell = setup.start();
    let token = keycloak.token(CHIEF, "");
    Some(Told::of(keycloak, shell, token))
}

/// The credentials with which a person can sign in.
pub fn password(keycloak: &Keycloak) -> Value {
    json!([{"type": "password", "value": keycloak.access.user_password, "temporary": false}])
}

fn realm(name: &str, organization: &str) -> Value {
    let everyone = json!({"view": ["admin", "user"], "edit": ["admin", "user"]});
    let attributes = ["username", "email", "firstName", "lastName", "department"]
        .map(|name| json!({"name": name, "permissions": everyone, "annotations": {}}));
    let profile = json!({"attributes": attributes}).to_string();
    json!({
        "realm": name, "enabled": true, "organizationsEnabled": true, "editUsernameAllowed": true,
        "accessTokenLifespan": 900,
        "clients": [password_client(PASSWORD_CLIENT, organization)],
        "identityProviders": [{
            "alias": PARTNER, "providerId": "oidc", "enabled": true,
            "config": {"clientId": "a", "clientSecret": "b", "authorizationUrl": "https://partner.example/auth",
                "tokenUrl": "https://partner.example/token"},
        }],
        "components": {"org.keycloak.userprofile.UserProfileProvider": [{
            "providerId": "declarative-user-profile", "config": {"kc.user.profile.config": [profile]},
        }]},
    })
}
