//! The Keycloak beside a Shell: its realm, the realm's people, and the tokens that it issues.

mod admin;
mod external_ids;
pub mod logout_tokens;
mod realm;
pub mod reconcile;
mod seed;
pub mod signals;
mod tokens;
pub mod webhooks;

use anyhow::{Context as _, Result};
use ureq::Agent;

pub use admin::Admin;
pub use external_ids::organizations_csv;
pub use realm::{BROWSER_CLIENT, PASSWORD_CLIENT, REALM, Realm};
pub use seed::Seed;
pub use tokens::{by_password, for_caller, for_service_account};

/// The administrator of a Keycloak that is started here.
pub const ADMINISTRATOR: &str = "admin";

const URL: &str = "KEYCLOAK_URL";
const REALM_NAME: &str = "KEYCLOAK_REALM";
const ADMIN_USERNAME: &str = "KEYCLOAK_ADMIN_USERNAME";
const ADMIN_PASSWORD: &str = "KEYCLOAK_ADMIN_PASSWORD";
const USER_PASSWORD: &str = "KEYCLOAK_USER_PASSWORD";

/// The address of a Keycloak, and how to sign in.
#[derive(Clone, Debug)]
pub struct Access {
    /// The URL, such as `http://127.0.0.1:8180`.
    pub url: String,
    /// The realm of the Shell's users.
    pub realm: String,
    /// The administrator of all realms.
    pub administrator: String,
    /// The administrator's password.
    pub administrator_password: String,
    /// The password of every person in the realm.
    pub user_password: String,
}

impl Access {
    /// As variables, for the `env` file and for tests.
    #[must_use]
    pub fn values(&self) -> [(&'static str, String); 5] {
        [
            (URL, self.url.clone()),
            (REALM_NAME, self.realm.clone()),
            (ADMIN_USERNAME, self.administrator.clone()),
            (ADMIN_PASSWORD, self.administrator_password.clone()),
            (USER_PASSWORD, self.user_password.clone()),
        ]
    }

    /// Reads what [`Self::values`] wrote; `None` if there is no Keycloak.
    pub fn from_values(read: impl Fn(&str) -> Option<String>) -> Result<Option<Self>> {
        let Some(url) = read(URL) else {
            return Ok(None);
        };
        let read = |name: &str| read(name).with_context(|| format!("{name} is not set"));
        Ok(Some(Self {
            url,
            realm: read(REALM_NAME)?,
            administrator: read(ADMIN_USERNAME)?,
            administrator_password: read(ADMIN_PASSWORD)?,
            user_password: read(USER_PASSWORD)?,
        }))
    }

    /// The `iss` of the realm's tokens.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("{}/realms/{}", self.url, self.realm)
    }

    /// The address below which the realm's protocol endpoints are.
    #[must_use]
    pub fn protocol(&self) -> String {
        format!("{}/protocol/openid-connect", self.issuer())
    }
}

/// An HTTP client that returns every answer, whatever its status.
#[must_use]
pub fn agent() -> Agent {
    let patience = std::time::Duration::from_secs(60);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(patience))
        // The redirects of a sign-in are to be looked at one by one.
        .max_redirects(0)
        .build();
    config.new_agent()
}
