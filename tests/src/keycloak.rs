//! The Keycloak of the run: people and service accounts who sign in, and its administrator.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::{Value, json};
use uuid::Uuid;
use xtask::issuer::AUDIENCE;
use xtask::keycloak::{self, Access, Admin, PASSWORD_CLIENT, webhooks};
use xtask::test_environment::TestEnvironment;

use crate::{Answer, Folder, Setup, Shell};

/// The secret with which Keycloak signs its events for the Shells of the tests.
const WEBHOOK_SECRET: &str = "a-secret-of-keycloak-and-the-shell";

/// Locks the settings of the claim `organization`, which belong to the whole realm, which tests share.
static SETTINGS: RwLock<()> = RwLock::new(());

/// Locks the realm's keys, which tests share as well.
static KEYS: Mutex<()> = Mutex::new(());

/// A Keycloak whose realm has the people of the seed.
pub struct Keycloak {
    /// How to sign in.
    pub access: Access,
}

impl Keycloak {
    /// The run's Keycloak; if it has none, prints that the test is left out.
    pub fn of_the_run() -> Option<Self> {
        let keycloak = TestEnvironment::from_env().unwrap().keycloak;
        if keycloak.is_none() {
            println!("left out: `cargo xtask test keycloak` and `cargo xtask ci` do this");
        }
        keycloak.map(|access| Self { access })
    }

    /// A Shell that trusts its realm by discovery.
    pub fn setup(&self) -> Setup {
        Setup::seeded()
            .variable("oidc_issuer", self.access.issuer())
            .variable("oidc_audience", AUDIENCE)
            .variable("oidc_jwks", "")
            .variable("oidc_host", &self.access.url)
            .variable("keycloak_webhook_secret", WEBHOOK_SECRET)
    }

    /// Makes Keycloak send the events of its users to a Shell, until the webhook is dropped.
    pub fn tell(&self, shell: &Shell) -> Webhook {
        let id = webhooks::add(&self.access, &shell.url(), WEBHOOK_SECRET).unwrap();
        Webhook {
            access: self.access.clone(),
            id,
        }
    }

    /// Sets the realm's ids of its organizations in a Shell, as `cargo xtask up --keycloak` does.
    pub fn introduce(&self, setup: &Setup) {
        let owner = &setup.database().owner;
        let csv = keycloak::organizations_csv(&self.organizations(), owner).unwrap();
        let files = [("organizations.csv", csv.as_deref().unwrap())];
        let folder = Folder::of(&setup.environment, &files);
        setup.job("seed", Some(&folder), &["--update"]).unwrap();
    }

    /// The realm's ids of its organizations by alias.
    pub fn organizations(&self) -> BTreeMap<String, String> {
        let found = self.admin().get("/organizations?max=1000");
        let found = found.unwrap().unwrap();
        let found = found.as_array().unwrap().iter();
        found
            .map(|one| (text(one, "alias"), text(one, "id")))
            .collect()
    }

    /// Creates an organization with one member.
    pub fn add_organization(&self, alias: &str, member: &str) {
        let admin = self.admin();
        let body = json!({ "alias": alias, "name": alias, "enabled": true });
        admin.change("POST", "/organizations", Some(&body)).unwrap();
        let path = format!("/organizations/{}/members", self.organizations()[alias]);
        admin.change("POST", &path, Some(&json!(member))).unwrap();
    }

    /// Deletes an organization, which frees its alias.
    pub fn remove_organization(&self, alias: &str) {
        let path = format!("/organizations/{}", self.organizations()[alias]);
        self.admin().change("DELETE", &path, None).unwrap();
    }

    /// The administrator of this Keycloak.
    pub fn admin(&self) -> Admin {
        Admin::sign_in(&self.access).unwrap()
    }

    /// The tokens that a person gets for the password, with a scope besides `openid`.
    pub fn tokens(&self, username: &str, scope: &str) -> Value {
        let scope = format!("openid {scope}");
        keycloak::by_password(&self.access, PASSWORD_CLIENT, username, &scope).unwrap()
    }

    /// A person's access token.
    pub fn token(&self, username: &str, scope: &str) -> String {
        text(&self.tokens(username, scope), "access_token")
    }

    /// Ends the session of the result of [`Self::tokens`].
    pub fn sign_out(&self, tokens: &Value) {
        let form = [
            ("client_id", PASSWORD_CLIENT),
            ("refresh_token", &text(tokens, "refresh_token")),
        ];
        let url = format!("{}/logout", self.access.protocol());
        let answer = keycloak::agent().post(&url).send_form(form).unwrap();
        assert_eq!(answer.status(), 204);
    }

    /// A service account's access token.
    pub fn service_token(&self, client: &str) -> String {
        keycloak::for_service_account(&self.access, client).unwrap()
    }

    /// While this lock is held, nobody changes the realm's settings.
    pub fn unchanged(&self) -> RwLockReadGuard<'static, ()> {
        SETTINGS.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the settings of the claim `organization`, until the value is dropped.
    pub fn claim(&self, settings: &[(&str, &str)]) -> Claim {
        let guard = SETTINGS.write().unwrap_or_else(PoisonError::into_inner);
        let admin = self.admin();
        let (path, before) = mapper(&admin);
        let mut mapper = before.clone();
        for (name, value) in settings {
            mapper["config"][*name] = json!(value);
        }
        admin.change("PUT", &path, Some(&mapper)).unwrap();
        Claim {
            access: self.access.clone(),
            path,
            before,
            _guard: guard,
        }
    }

    /// While this lock is held, nobody else rotates keys.
    pub fn rotating(&self) -> MutexGuard<'static, ()> {
        KEYS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates a key that signs from now on; the previous one stays. Returns its path.
    pub fn rotate(&self, priority: u32) -> String {
        let admin = self.admin();
        let realm = admin.get("").unwrap().unwrap();
        let name = format!("rotated-{priority}-{}", Uuid::now_v7());
        let key = json!({
            "name": name,
            "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "parentId": realm["id"],
            "config": {
                "priority": [priority.to_string()],
                "enabled": ["true"],
                "active": ["true"],
                "keySize": ["2048"],
                "algorithm": ["RS256"],
            },
        });
        admin.change("POST", "/components", Some(&key)).unwrap();
        let found = admin.get(&format!("/components?name={name}")).unwrap();
        format!("/components/{}", text(&found.unwrap()[0], "id"))
    }

    /// Sends a request to one of its paths, with a bearer token.
    pub fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.access.issuer()))
            .header("authorization", format!("Bearer {token}"))
            .header("accept", "application/json")
            .header("content-type", "application/json");
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut response = keycloak::agent().run(request.body(body).unwrap()).unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_string().unwrap(),
        }
    }
}

/// The webhook to one Shell.
pub struct Webhook {
    access: Access,
    id: String,
}

impl Drop for Webhook {
    fn drop(&mut self) {
        webhooks::remove(&self.access, &self.id).unwrap();
    }
}

/// Other settings of the claim `organization`.
pub struct Claim {
    access: Access,
    path: String,
    before: Value,
    _guard: RwLockWriteGuard<'static, ()>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let admin = Admin::sign_in(&self.access).unwrap();
        admin.change("PUT", &self.path, Some(&self.before)).unwrap();
    }
}

fn mapper(admin: &Admin) -> (String, Value) {
    let scopes = admin.get("/client-scopes").unwrap().unwrap();
    let named = |list: &Value| {
        let mut entries = list.as_array().unwrap().iter();
        entries
            .find(|entry| entry["name"] == "organization")
            .unwrap()
            .clone()
    };
    let scope = named(&scopes);
    let mapper = named(&scope["protocolMappers"]);
    let path = format!(
        "/client-scopes/{}/protocol-mappers/models/{}",
        text(&scope, "id"),
        text(&mapper, "id")
    );
    (path, mapper)
}

/// A member that is a text.
#[track_caller]
fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {value}"))
        .to_owned()
}
