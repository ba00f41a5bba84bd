//! The realm with the seed's people, as one representation from which Keycloak creates it.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::seed::{Organization, Seed, User};
use super::{Access, Admin};
use crate::connection::StoreUrl;
use crate::issuer::AUDIENCE;
use crate::secret;

/// The realm's name.
pub const REALM: &str = "veni";

/// The client of applications in a browser: authorization code with PKCE, redirecting to this machine.
pub const BROWSER_CLIENT: &str = "veni-web";

/// The client of `cargo xtask token`, which needs only a password.
pub const PASSWORD_CLIENT: &str = "veni-development";

/// The lifetime of an access token, in seconds.
const ACCESS_TOKEN_LIFESPAN: u32 = 900;

/// A realm with the seed's people, under the ids that they have in the Shell.
#[derive(Debug)]
pub struct Realm {
    seed: Seed,
    /// The organizations' ids in the Shell, by their slugs; Keycloak uses the same ids.
    ids: BTreeMap<String, String>,
}

impl Realm {
    /// With the organizations that are both in the seed and in the Shell's database.
    pub fn of(mut seed: Seed, database: &StoreUrl) -> Result<Self> {
        let mut client = database.connect()?;
        let mut transaction = client.transaction()?;
        // Row-level security hides every organization from a transaction without this setting.
        transaction.execute("SELECT set_config('shell.platform', 'on', true)", &[])?;
        let ids: BTreeMap<String, String> = transaction
            .query(
                "SELECT slug, id::text FROM shell.organizations WHERE slug = ANY ($1)",
                &[&seed.slugs()],
            )
            .context("cannot look the organizations up")?
            .iter()
            .map(|row| (row.get(0), row.get(1)))
            .collect();
        seed.organizations
            .retain(|organization| ids.contains_key(&organization.slug));
        for user in &mut seed.users {
            user.memberships.retain(|slug, _| ids.contains_key(slug));
        }
        Ok(Self { seed, ids })
    }

    /// The organizations' ids, by their slugs.
    #[must_use]
    pub fn organizations(&self) -> &BTreeMap<String, String> {
        &self.ids
    }

    /// Creates the realm, and replaces what an interrupted run left.
    pub fn make(&self, access: &Access) -> Result<()> {
        let admin = Admin::sign_in(access)?;
        admin.remove_realm()?;
        admin.create_realm(&self.representation(access)?)?;
        // An administrator's rights in a new realm are only in tokens that are issued after its creation.
        show_identifiers(&Admin::sign_in(access)?)
    }

    fn representation(&self, access: &Access) -> Result<Value> {
        let (accounts, people): (Vec<_>, Vec<_>) = self
            .seed
            .users
            .iter()
            .partition(|user| user.is_service_account);
        let mut clients = vec![browser_client(), password_client()];
        for account in &accounts {
            clients.push(service_client(account)?);
        }
        let users: Vec<_> = people
            .iter()
            .map(|person| self.person(person, access))
            .chain(accounts.iter().map(|account| self.service_account(account)))
            .collect();
        let organizations = self.seed.organizations.iter();
        let groups = self.seed.organizations.iter().map(group);
        Ok(json!({
            "realm": access.realm,
            "enabled": true,
            "organizationsEnabled": true,
            "accessTokenLifespan": ACCESS_TOKEN_LIFESPAN,
            "components": { "org.keycloak.userprofile.UserProfileProvider": [{
                "providerId": "declarative-user-profile",
                "config": { "kc.user.profile.config": [user_profile().to_string()] },
            }]},
            "organizations": organizations
                .map(|organization| self.organization(organization))
                .collect::<Vec<_>>(),
            "groups": groups.collect::<Vec<_>>(),
            "users": users,
            "clients": clients,
        }))
    }

    fn organization(&self, organization: &Organization) -> Value {
        let domains = organization.domains.iter();
        let members = self.seed.users.iter().filter(|user| {
            !user.is_service_account && user.memberships.contains_key(&organization.slug)
        });
        json!({
            "id": self.ids.get(&organization.slug),
            "alias": organization.slug,
            "name": organization.name,
            "enabled": true,
            "domains": domains
                .map(|domain| json!({ "name": domain, "verified": true }))
                .collect::<Vec<_>>(),
            "members": members
                .map(|user| json!({ "username": user.username, "membershipType": "UNMANAGED" }))
                .collect::<Vec<_>>(),
        })
    }

    fn person(&self, person: &User, access: &Access) -> Value {
        let (first, last) = person
            .display_name
            .rsplit_once(' ')
            .unwrap_or((&person.display_name, ""));
        let groups = person
            .memberships
            .iter()
            .flat_map(|(slug, roles)| roles.iter().map(move |role| format!("/{slug}/{role}")));
        let mut user = json!({
            "id": person.id,
            "username": person.username,
            "firstName": first,
            "lastName": last,
            "enabled": true,
            "realmRoles": [format!("default-roles-{}", access.realm)],
            "groups": groups.collect::<Vec<_>>(),
            "attributes": self.attributes(person),
            "credentials": [{ "type": "password", "value": access.user_password }],
        });
        if !person.email.is_empty()
            && let Some(user) = user.as_object_mut()
        {
            user.insert("email".to_owned(), json!(person.email));
            user.insert("emailVerified".to_owned(), json!(true));
        }
        user
    }

    fn service_account(&self, account: &User) -> Value {
        json!({
            "id": account.id,
            "username": format!("service-account-{}", account.username),
            "serviceAccountClientId": account.username,
            "enabled": true,
            "attributes": self.attributes(account),
        })
    }

    /// The organization of a user who has exactly one. In a token this attribute takes precedence, so a user with
    /// several organizations must not have it: they choose one in the scope or in the header `Shell-Organization`.
    fn attributes(&self, user: &User) -> Value {
        let mut slugs = user.memberships.keys();
        match (slugs.next(), slugs.next()) {
            (Some(slug), None) => json!({ "organization_id": [self.ids.get(slug)] }),
            _ => json!({}),
        }
    }
}

/// Makes the claim `organization` show ids, which are never reused, beside the aliases.
fn show_identifiers(admin: &Admin) -> Result<()> {
    let scopes = admin.get("/client-scopes")?.unwrap_or_default();
    let named = |list: &Value, name: &str| {
        let mut entries = list.as_array().into_iter().flatten();
        entries
            .find(|entry| entry.get("name").and_then(Value::as_str) == Some(name))
            .cloned()
    };
    let scope = named(&scopes, "organization").context("there is no scope `organization`")?;
    let id = |value: &Value| {
        let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
        id.context("Keycloak names no id")
    };
    let mappers = scope.get("protocolMappers").cloned().unwrap_or_default();
    let mut mapper = named(&mappers, "organization").context("its scope has no mapper")?;
    let path = format!(
        "/client-scopes/{}/protocol-mappers/models/{}",
        id(&scope)?,
        id(&mapper)?
    );
    let config = mapper.get_mut("config").and_then(Value::as_object_mut);
    let config = config.context("the mapper has no settings")?;
    config.insert("addOrganizationId".to_owned(), json!("true"));
    config.insert("jsonType.label".to_owned(), json!("JSON"));
    admin.change("PUT", &path, Some(&mapper))?;
    Ok(())
}

/// Users may change their names and addresses; only administrators may change `organization_id`, since it is the
/// tenant.
fn user_profile() -> Value {
    let everyone = json!(["admin", "user"]);
    let mut attributes: Vec<_> = ["username", "email", "firstName", "lastName"]
        .map(|name| {
            json!({
                "name": name,
                "displayName": format!("${{{name}}}"),
                "permissions": { "view": everyone, "edit": everyone },
            })
        })
        .into();
    attributes.push(json!({
        "name": "organization_id",
        "displayName": "Organization",
        // Without them, Keycloak's SCIM API (26.7.3) fails for every user.
        "annotations": {},
        "permissions": { "view": ["admin"], "edit": ["admin"] },
    }));
    json!({ "attributes": attributes })
}

fn group(organization: &Organization) -> Value {
    let roles = organization.roles.iter();
    json!({
        "name": organization.slug,
        "subGroups": roles.map(|role| json!({ "name": role })).collect::<Vec<_>>(),
    })
}

fn browser_client() -> Value {
    json!({
        "clientId": BROWSER_CLIENT,
        "publicClient": true,
        "standardFlowEnabled": true,
        "directAccessGrantsEnabled": false,
        // Any port on this machine.
        "redirectUris": ["http://127.0.0.1/*", "http://localhost/*"],
        "webOrigins": ["+"],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": "+",
        },
        "protocolMappers": mappers(),
    })
}

fn password_client() -> Value {
    json!({
        "clientId": PASSWORD_CLIENT,
        "publicClient": true,
        "standardFlowEnabled": false,
        "directAccessGrantsEnabled": true,
        "protocolMappers": mappers(),
    })
}

fn service_client(account: &User) -> Result<Value> {
    Ok(json!({
        "clientId": account.username,
        "name": account.display_name,
        "secret": secret::random_token()?,
        "standardFlowEnabled": false,
        "serviceAccountsEnabled": true,
        "protocolMappers": mappers(),
    }))
}

/// What the Shell needs in a token: its audience, and the user's organization if there is one.
fn mappers() -> Value {
    json!([
        {
            "name": "audience of the Shell",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-audience-mapper",
            "config": {
                "included.custom.audience": AUDIENCE,
                "access.token.claim": "true",
                "id.token.claim": "false",
            },
        },
        {
            "name": "organization_id",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-usermodel-attribute-mapper",
            "config": {
                "user.attribute": "organization_id",
                "claim.name": "organization_id",
                "jsonType.label": "String",
                "access.token.claim": "true",
                "id.token.claim": "false",
                "userinfo.token.claim": "false",
            },
        },
    ])
}
