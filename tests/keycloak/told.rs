//! A Shell that receives the events of a real Keycloak, and how long it takes until it shows the changes.

use std::{
    io::Write as _,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{Keycloak, Shell, Webhook, decisions::ONE};
use uuid::Uuid;

/// The deadline for a change to be visible. The time is printed, but says little on a busy machine.
const WITHIN: Duration = Duration::from_secs(15);

/// The organization whose administrator reads the data.
pub const ORGANIZATION: &str = "acme";

/// A Shell, and the Keycloak that sends it events.
pub struct Told {
    // It is dropped before the Shell is.
    webhook: Option<Webhook>,
    pub keycloak: Keycloak,
    pub shell: Shell,
    /// The organization's id in Keycloak.
    pub organization: String,
    token: String,
}

impl Told {
    /// `None` if the run has no Keycloak.
    pub fn start() -> Option<Self> {
        let keycloak = Keycloak::of_the_run()?;
        let setup = keycloak.setup();
        keycloak.introduce(&setup);
        let shell = setup.start();
        let token = {
            let _settings = keycloak.unchanged();
            keycloak.token("admin", &format!("organization:{ORGANIZATION}"))
        };
        Some(Self::of(keycloak, shell, token))
    }

    /// With a Shell that receives no events yet; `token` is used to read the organization.
    pub fn of(keycloak: Keycloak, shell: Shell, token: String) -> Self {
        Self {
            webhook: Some(keycloak.tell(&shell)),
            organization: keycloak.organizations()[ORGANIZATION].clone(),
            keycloak,
            shell,
            token,
        }
    }

    /// Stops sending events.
    pub fn tell_no_more(&mut self) {
        self.webhook = None;
    }

    /// Creates an object in the realm, and returns its id.
    #[track_caller]
    pub fn create(&self, path: &str, body: &Value) -> String {
        self.keycloak.admin().create(path, body).unwrap()
    }

    /// Changes something in the realm.
    #[track_caller]
    pub fn change(&self, method: &str, path: &str, body: &Value) {
        let body = (!body.is_null()).then_some(body);
        self.keycloak.admin().change(method, path, body).unwrap();
    }

    /// Creates a user without memberships.
    pub fn create_user(&self, name: &str) -> String {
        self.create("/users", &person(name))
    }

    /// Creates a user who is a member of the organization, and waits until the Shell has it.
    pub fn create_member(&self, name: &str) -> String {
        let user = self.create_user(name);
        self.join(&self.organization, &user);
        self.until("made a member", || self.user(&user));
        user
    }

    /// Adds a user to an organization.
    pub fn join(&self, organization: &str, user: &str) {
        let path = format!("/organizations/{organization}/members");
        self.change("POST", &path, &json!(user));
    }

    /// A member as the organization's administrator sees it.
    pub fn user(&self, id: &str) -> Option<Value> {
        let answer = self
            .shell
            .get(&format!("/v1/users/{id}"))
            .bearing(&self.token)
            .send();
        (answer.status != 404).then(|| answer.expect(200).json())
    }

    /// The same, if a field has this value.
    pub fn user_with(&self, id: &str, field: &str, value: &Value) -> Option<Value> {
        self.user(id).filter(|user| &user[field] == value)
    }

    /// Adds a role of the organization that groups give.
    pub fn add_role(&self, role: &str, groups: &[&str]) {
        let body = json!({
            "name": role, "description": "", "inherits": [], "groups": groups,
            "permissions": [{"resource_type": "document", "resource_id": "*", "action": role, "effect": "allow",
                "condition": null}],
        });
        let put = self.shell.request("PUT", &format!("/v1/roles/{role}"));
        put.bearing(&self.token).json(&body).send().expect(201);
    }

    /// Whether the next decision shows that the user holds a role added by [`Self::add_role`].
    pub fn holds(&self, user: &str, role: &str) -> bool {
        let question = json!({
            "subject": {"type": "user", "id": user},
            "resource": {"type": "document", "id": "roadmap"},
            "action": {"name": role},
        });
        let ask = self.shell.request("POST", ONE);
        let answer = ask.bearing(&self.token).json(&question).send().expect(200);
        answer.json()["decision"] == json!(true)
    }

    /// Waits until a role is held, or no longer held.
    #[track_caller]
    pub fn until_held(&self, what: &str, user: &str, role: &str, held: bool) {
        self.until(what, || (self.holds(user, role) == held).then_some(()));
    }

    /// Waits until a change made in Keycloak is visible, and prints how long that took.
    #[track_caller]
    pub fn until<T>(&self, what: &str, seen: impl Fn() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(seen) = seen() {
                let passed = begun.elapsed().as_millis();
                // Standard error is also shown for a test that succeeds.
                let mut heard = std::io::stderr();
                writeln!(heard, "{passed:>6} ms: {what}").unwrap();
                return seen;
            }
            assert!(
                begun.elapsed() < WITHIN,
                "not seen: {what}; the inbox:\n{}",
                self.inbox().join("\n")
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The Shell's latest stored events, for the error message.
    pub fn inbox(&self) -> Vec<String> {
        let query = "SELECT concat_ws(' ', type, status, reason, facts::text)
            FROM shell.webhook_events ORDER BY inbox_id DESC LIMIT 15";
        let rows = self.shell.database().as_superuser().query(query, &[]);
        rows.unwrap().iter().map(|row| row.get(0)).collect()
    }
}

/// A unique name.
pub fn unique(name: &str) -> String {
    let random = Uuid::now_v7().simple().to_string();
    format!("{name}-{}", &random[20..])
}

/// A user's representation in the Admin API.
pub fn person(name: &str) -> Value {
    json!({
        "username": name, "email": format!("{name}@example.com"), "emailVerified": true,
        "firstName": "Greta", "lastName": "Grau", "enabled": true,
    })
}
