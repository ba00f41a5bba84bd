//! A transmitter of security events on loopback; it only has a configuration document and keys.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{HttpServer, Reply, Setup};

/// The path of its keys.
const KEYS: &str = "/keys";

struct State {
    url: String,
    document: String,
    /// The path in its issuer, after its address.
    path: String,
    keys: Vec<Value>,
    delay: Duration,
    is_failing: bool,
}

/// A transmitter on its own port, until it is dropped.
pub struct TransmitterServer {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

impl TransmitterServer {
    /// A transmitter whose issuer has this path, with its document at this address and these keys.
    pub fn start(path: &str, document: &str, keys: Vec<Value>) -> Self {
        let state = Arc::new(Mutex::new(State {
            url: String::new(),
            document: document.to_owned(),
            path: path.to_owned(),
            keys,
            delay: Duration::ZERO,
            is_failing: false,
        }));
        let shared = Arc::clone(&state);
        let server = HttpServer::start(move |path| shared.lock().unwrap().answer(path));
        state.lock().unwrap().url = server.url();
        Self { server, state }
    }

    /// The `iss` of its tokens.
    pub fn issuer(&self) -> String {
        let path = self.state().path.clone();
        self.server.url() + &path
    }

    /// Publishes only these keys.
    pub fn publish(&self, keys: Vec<Value>) {
        self.state().keys = keys;
    }

    /// Delays each answer by this time from now on.
    pub fn delay(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// Answers with a status of 500 from now on.
    pub fn fail(&self) {
        self.state().is_failing = true;
    }

    /// The times of the requests for its keys.
    pub fn fetched(&self) -> Vec<Instant> {
        self.server.asked(KEYS)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn answer(&self, path: &str) -> Reply {
        if self.is_failing {
            return Reply::status(500);
        }
        let url = &self.url;
        let reply = if path == KEYS {
            Reply::of(json!({"keys": self.keys}).to_string())
        } else if path == self.document {
            let issuer = format!("{url}{}", self.path);
            Reply::of(json!({"issuer": issuer, "jwks_uri": format!("{url}{KEYS}")}).to_string())
        } else {
            Reply::status(404)
        };
        Reply {
            delay: self.delay,
            ..reply
        }
    }
}

impl Setup {
    /// Accepts a transmitter's events about the users of the provider `default`, who may be linked under an alias.
    /// The variables of the second slot are for this transmitter.
    pub fn told_by(self, slug: &str, transmitter: &TransmitterServer, alias: Option<&str>) -> Self {
        let statement =
            "INSERT INTO shell.ssf_transmitters (id, slug, identity_provider_id, issuer, audience, slot, alias)
             SELECT gen_random_uuid(), $1::text, id, $2::text, 'client', 2, $3::text
             FROM shell.identity_providers WHERE slug = 'default'";
        let mut superuser = self.database().as_superuser();
        let issuer = transmitter.issuer();
        superuser
            .execute(statement, &[&slug, &issuer, &alias])
            .unwrap();
        self.variable("ssf2_host", transmitter.server.url())
    }
}
