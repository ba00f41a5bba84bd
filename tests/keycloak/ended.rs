//! A separate realm, and a Shell that learns of its ended sessions in one way only.

use std::{
    io::Write as _,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tests::{Browser, Keycloak, Shell, Webhook, clock};
use uuid::Uuid;
use xtask::keycloak::{self, PASSWORD_CLIENT, logout_tokens, signals, webhooks};

use crate::{
    ended_realm::{password_client, realm},
    told::{person, unique},
};

/// The deadline for the Shell to learn of it. The time that it took is printed.
const WITHIN: Duration = Duration::from_secs(15);

/// The organization of all users.
const ORGANIZATION: &str = "acme";

/// The header that the stream of signals sends.
const SIGNALS_SECRET: &str = "Bearer a-secret-of-the-stream-and-the-shell";

/// The address of an earlier Shell, which is still configured in Keycloak.
const EARLIER: &str = "http://127.0.0.1:9";

/// The way in which a Shell learns of it.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    /// The webhook of Keycloak's extension.
    Webhook,
    /// OpenID Connect Back-Channel Logout.
    LogoutTokens,
    /// The Shared Signals Framework.
    Signals,
}

impl Way {
    /// Its name in the inbox.
    fn source(self) -> &'static str {
        match self {
            Self::Webhook => "keycloak",
            Self::LogoutTokens => "backchannel-logout",
            Self::Signals => "ssf/default",
        }
    }
}

/// An action on a person who has signed in.
pub type Act = fn(&Ended, &Person);

/// A Shell that learns of ended sessions in one way, and its Keycloak.
pub struct Ended {
    // It is dropped before the Shell is.
    _webhook: Option<Webhook>,
    way: Way,
    pub keycloak: Keycloak,
    pub shell: Shell,
}

/// A person who has signed in.
pub struct Person {
    pub id: String,
    pub name: String,
    /// The tokens that were issued for the password.
    pub tokens: Value,
}

impl Person {
    pub fn token(&self) -> &str {
        access_token(&self.tokens)
    }

    /// The values of revocations that affect this person's token.
    fn values(&self) -> [String; 4] {
        let claims = claims(self.token());
        let text = |name: &str| claims[name].as_str().unwrap().to_owned();
        [text("sub"), text("sid"), text("jti"), text("azp")]
    }
}

impl Ended {
    /// `None` if the run has no Keycloak.
    pub fn start(way: Way) -> Option<Self> {
        let mut keycloak = Keycloak::of_the_run()?;
        // In a separate realm, so that no other test's sessions are ended.
        keycloak.access.realm = unique("ended");
        let setup = keycloak
            .setup()
            .variable("ssf_secret", SIGNALS_SECRET)
            .variable("ssf_host", &keycloak.access.url);
        let organization = setup.database().organization(ORGANIZATION).to_string();
        let admin = keycloak.admin();
        admin
            .create_realm(&realm(&keycloak.access.realm, &organization))
            .unwrap();
        let audiences: Vec<_> = logout_tokens::AUDIENCES.map(str::to_owned).into();
        let statement = "UPDATE shell.identity_providers SET logout_audiences = $1
            WHERE slug = 'default'";
        let mut database = setup.database().as_superuser();
        database.execute(statement, &[&audiences]).unwrap();
        let shell = setup.start();

        let mut webhook = None;
        let access = &keycloak.access;
        match way {
            Way::Webhook => {
                webhooks::enable(access).unwrap();
                webhook = Some(keycloak.tell(&shell));
            }
            Way::LogoutTokens => {
                logout_tokens::register(access, EARLIER).unwrap();
                logout_tokens::register(access, &shell.url()).unwrap();
            }
            Way::Signals => {
                signals::register(access, EARLIER, "Bearer another").unwrap();
                signals::register(access, &shell.url(), SIGNALS_SECRET).unwrap();
            }
        }
        Some(Self {
            _webhook: webhook,
            way,
            keycloak,
            shell,
        })
    }

    /// Configures that a password reset ends all sessions.
    pub fn set_that_resets_end_sessions(&self) {
        let statement = "UPDATE shell.identity_providers SET password_reset_ends_sessions = true
            WHERE slug = 'default'";
        let mut database = self.shell.database().as_superuser();
        database.execute(statement, &[]).unwrap();
    }

    /// A new person who has signed in, and whose token the Shell accepts.
    #[track_caller]
    pub fn person(&self) -> Person {
        self.person_at(PASSWORD_CLIENT, "")
    }

    /// The same with another client, or with a scope besides `openid`.
    #[track_caller]
    pub fn person_at(&self, client: &str, scope: &str) -> Person {
        let name = unique("petra");
        let mut representation = person(&name);
        let password = &self.keycloak.access.user_password;
        representation["credentials"] = json!([{"type": "password", "value": password}]);
        let id = self.keycloak.admin().create("/users", &representation);
        let person = Person {
            id: id.unwrap(),
            tokens: self.sign_in(client, &name, scope),
            name,
        };
        self.let_in("at first", person.token());
        person
    }

    pub fn sign_in(&self, client: &str, name: &str, scope: &str) -> Value {
        let scope = format!("openid {scope}");
        keycloak::by_password(&self.keycloak.access, client, name, &scope).unwrap()
    }

    /// A person signs in; the action is done; the Shell learns of it, refuses the very next request, and accepts
    /// the person after the next sign-in.
    #[track_caller]
    pub fn ends(&self, done: &str, act: impl FnOnce(&Self, &Person)) {
        let person = self.person();
        self.ends_of(done, &person, act);
        self.let_in_anew(done, &person);
    }

    /// The same for a person who has signed in, without the next sign-in.
    #[track_caller]
    pub fn ends_of(&self, done: &str, person: &Person, act: impl FnOnce(&Self, &Person)) {
        let before = self.revocations(person);
        let begun = Instant::now();
        act(self, person);
        self.until(done, || {
            (self.revocations(person) != before && self.has_answered()).then_some(())
        });
        let passed = begun.elapsed().as_millis();
        // Standard error is also shown for a test that succeeds.
        let mut heard = std::io::stderr();
        writeln!(heard, "{passed:>6} ms: {}: {done}", self.way.source()).unwrap();
        self.refuse(done, person.token());
    }

    /// The same for a person who signs in with a browser and logs out there.
    #[track_caller]
    pub fn logs_out_by_browser(&self) {
        let done = "a logout by browser";
        let mut person = self.person();
        let mut browser = Browser::new(&self.keycloak.access);
        person.tokens = browser.sign_in(&person.name, "", None);
        self.let_in("by a browser", person.token());
        self.ends_of(done, &person, |_, person| browser.sign_out(&person.tokens));
        self.let_in_anew(done, &person);
    }

    /// A person who signs in again is accepted.
    #[track_caller]
    pub fn let_in_anew(&self, done: &str, person: &Person) {
        clock::wait_for_the_next_second();
        let tokens = self.keycloak.tokens(&person.name, "");
        self.let_in(done, access_token(&tokens));
    }

    /// People sign in, and for each an action is done that this way does not report, as is known from its report
    /// about the next person who logs out: their tokens are still accepted.
    #[track_caller]
    pub fn tells_nothing_of(&self, acts: &[(&str, Act)]) {
        let people: Vec<_> = acts
            .iter()
            .map(|(_, act)| {
                let person = self.person();
                act(self, &person);
                person
            })
            .collect();
        self.ends("a logout afterwards", log_out);
        for ((done, _), person) in acts.iter().zip(&people) {
            assert!(self.revocations(person).is_empty(), "{done}");
            self.let_in(done, person.token());
        }
    }

    #[track_caller]
    pub fn let_in(&self, done: &str, token: &str) {
        let answer = self.shell.get("/v1/apps").bearing(token).send();
        assert_eq!(answer.status, 200, "{done}: {}", answer.body);
    }

    #[track_caller]
    pub fn refuse(&self, done: &str, token: &str) {
        let answer = self.shell.get("/v1/apps").bearing(token).send();
        assert_eq!(answer.status, 401, "{done}: {}", answer.body);
        answer.expect_problem(401, "unauthenticated");
    }

    /// Creates a client that needs only a password, and returns its path.
    #[track_caller]
    pub fn add_client(&self, name: &str) -> String {
        let organization = self.shell.database().organization(ORGANIZATION);
        let client = password_client(name, &organization.to_string());
        let id = self.keycloak.admin().create("/clients", &client);
        format!("/clients/{}", id.unwrap())
    }

    /// Changes something in the realm.
    #[track_caller]
    pub fn change(&self, method: &str, path: &str, body: &Value) {
        let body = (!body.is_null()).then_some(body);
        self.keycloak.admin().change(method, path, body).unwrap();
    }

    /// The revocations about this person, or about everybody. A later cut-off of the same value is another
    /// one.
    fn revocations(&self, person: &Person) -> Vec<Uuid> {
        let query = "SELECT id FROM shell.revocations
            WHERE source = $1 AND (value = ANY ($2) OR kind = 'provider') ORDER BY id";
        let values: Vec<_> = person.values().into();
        let mut database = self.shell.database().as_superuser();
        let found = database.query(query, &[&self.way.source(), &values]);
        found.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// Whether all stored events have been answered: a delivery is answered and logged after Redis was updated.
    fn has_answered(&self) -> bool {
        let query = "SELECT count(*) FROM shell.webhook_events";
        let mut database = self.shell.database().as_superuser();
        let kept: i64 = database.query_one(query, &[]).unwrap().get(0);
        let is_answer = |line: &&Value| {
            let route = line["route"].as_str().unwrap_or_default();
            route.contains("/v1/webhooks/") && line["status"].as_u64() < Some(300)
        };
        let answered = self.shell.log_lines().iter().filter(is_answer).count();
        i64::try_from(answered).unwrap() >= kept
    }

    /// Waits until `seen` returns something.
    #[track_caller]
    pub fn until<T>(&self, what: &str, seen: impl Fn() -> Option<T>) -> T {
        let end = Instant::now() + WITHIN;
        loop {
            if let Some(seen) = seen() {
                return seen;
            }
            assert!(
                Instant::now() < end,
                "not told: {what}; the inbox:\n{}",
                self.inbox().join("\n")
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The Shell's latest stored events, for the error message.
    fn inbox(&self) -> Vec<String> {
        let query = "SELECT concat_ws(' ', source, type, status, reason, facts::text)
            FROM shell.webhook_events ORDER BY inbox_id DESC LIMIT 15";
        let rows = self.shell.database().as_superuser().query(query, &[]);
        rows.unwrap().iter().map(|row| row.get(0)).collect()
    }
}

/// Logs out with the refresh token.
pub fn log_out(ended: &Ended, person: &Person) {
    ended.keycloak.sign_out(&person.tokens);
}

#[track_caller]
pub fn access_token(tokens: &Value) -> &str {
    let token = tokens["access_token"].as_str();
    token.unwrap_or_else(|| panic!("no access token in {tokens}"))
}

/// The claims of a token.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
