//! An OpenID issuer on loopback that publishes its keys, rotates them, and fails in given ways.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use uuid::Uuid;
use xtask::issuer::Claims;

use crate::{HttpServer, Reply, Setup, Shell, Signer};

const DISCOVERY: &str = "/realms/test/.well-known/openid-configuration";
const KEYS: &str = "/realms/test/keys";

/// The target of a redirect; its answer is valid.
const MOVED: &str = "/moved";

/// More than the Shell reads of an answer.
const TOO_LARGE: usize = 64 * 1024 + 1;

/// Longer than the Shell waits for an answer.
const TOO_LONG: Duration = Duration::from_secs(8);

/// A way in which it fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Not at all.
    None,
    /// The answer comes too late.
    Slow,
    /// The answer begins at once, and then comes a byte at a time.
    Dripping,
    /// A redirect to the valid answer.
    Redirect,
    /// A status of 500.
    Error,
    /// An answer of more than 64 KiB, though it is valid.
    Large,
    /// The document of another issuer.
    OtherIssuer,
    /// An empty key set.
    NoKeys,
    /// Something that is not JSON.
    Broken,
}

struct State {
    url: String,
    /// The first one signs.
    signers: Vec<Signer>,
    /// Other members of the key set.
    beside: Vec<Value>,
    fault: Fault,
}

/// An issuer on its own port, until it is dropped.
pub struct IssuerServer {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

impl IssuerServer {
    /// With one key, whose `kid` is `first`.
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            url: String::new(),
            signers: vec![Signer::ed25519("first")],
            beside: Vec::new(),
            fault: Fault::None,
        }));
        let shared = Arc::clone(&state);
        let server = HttpServer::start(move |path| shared.lock().unwrap().answer(path));
        state.lock().unwrap().url = server.url();
        Self { server, state }
    }

    /// The `iss` of its tokens.
    pub fn issuer(&self) -> String {
        format!("{}/realms/test", self.server.url())
    }

    /// Its host, in the form in which a component is allowed to connect to it.
    pub fn host(&self) -> String {
        self.server.url()
    }

    /// The URL of its keys.
    pub fn keys_url(&self) -> String {
        self.server.url() + KEYS
    }

    /// Adds a key that signs from now on; the others stay published.
    pub fn rotate(&self, signer: Signer) {
        self.state().signers.insert(0, signer);
    }

    /// Publishes only these keys; the first one signs.
    pub fn publish(&self, signers: Vec<Signer>) {
        self.state().signers = signers;
    }

    /// Removes a key.
    pub fn remove(&self, kid: &str) {
        self.state().signers.retain(|signer| signer.kid != kid);
    }

    /// Publishes these in addition to the keys that sign.
    pub fn publish_beside(&self, keys: Vec<Value>) {
        self.state().beside = keys;
    }

    /// The key that signs.
    pub fn signer(&self) -> Signer {
        self.state().signers.first().unwrap().clone()
    }

    /// The key with this `kid`.
    pub fn named(&self, kid: &str) -> Signer {
        let state = self.state();
        let mut signers = state.signers.iter();
        signers.find(|signer| signer.kid == kid).unwrap().clone()
    }

    /// Fails in this way from now on.
    pub fn fail(&self, fault: Fault) {
        self.state().fault = fault;
    }

    /// Stops listening.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    /// Listens again.
    pub fn restart(&mut self) {
        self.server.restart();
    }

    /// The times of the requests for its document.
    pub fn described(&self) -> Vec<Instant> {
        self.server.asked(DISCOVERY)
    }

    /// The times of the requests for its keys.
    pub fn fetched(&self) -> Vec<Instant> {
        self.server.asked(KEYS)
    }

    /// How often its redirect was followed.
    pub fn followed(&self) -> usize {
        let moved = |path: &str| self.server.asked(&[path, MOVED].concat()).len();
        moved(DISCOVERY) + moved(KEYS)
    }

    /// The claims of a valid token.
    pub fn claims(&self, shell: &Shell, organization: &str, subject: &str) -> Claims {
        self.claims_of(shell.database().organization(organization), subject)
    }

    /// The same by the organization's id.
    pub fn claims_of(&self, organization: Uuid, subject: &str) -> Claims {
        let lifetime = Duration::from_secs(300);
        let claims = Claims::new(&organization.to_string(), subject, lifetime);
        Claims {
            iss: self.issuer(),
            ..claims.unwrap()
        }
    }

    /// A valid token.
    pub fn token(&self, shell: &Shell, organization: &str, subject: &str) -> String {
        self.signer()
            .sign(&self.claims(shell, organization, subject))
    }

    /// The same by the organization's id.
    pub fn token_of(&self, organization: Uuid, subject: &str) -> String {
        self.signer().sign(&self.claims_of(organization, subject))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn answer(&self, path: &str) -> Reply {
        if let Some(path) = path.strip_suffix(MOVED) {
            return self.sound(path);
        }
        let sound = self.sound(path);
        match self.fault {
            Fault::None => sound,
            Fault::Slow => Reply {
                delay: TOO_LONG,
                ..sound
            },
            Fault::Dripping => Reply {
                drip: Duration::from_millis(100),
                ..sound
            },
            Fault::Redirect => Reply::redirect(&[self.url.as_str(), path, MOVED].concat()),
            Fault::Error => Reply::status(500),
            Fault::Large => Reply::of(sound.body + &" ".repeat(TOO_LARGE)),
            Fault::Broken => Reply::of("{"),
            Fault::NoKeys if path == KEYS => Reply::of(json!({"keys": []}).to_string()),
            Fault::OtherIssuer if path == DISCOVERY => self.document("/realms/other"),
            Fault::NoKeys | Fault::OtherIssuer => sound,
        }
    }

    fn sound(&self, path: &str) -> Reply {
        match path {
            DISCOVERY => self.document("/realms/test"),
            KEYS => {
                let keys = self.signers.iter().map(Signer::jwk);
                let keys: Vec<_> = keys.chain(self.beside.iter().cloned()).collect();
                Reply::of(json!({ "keys": keys }).to_string())
            }
            _ => Reply::status(404),
        }
    }

    fn document(&self, issuer: &str) -> Reply {
        let url = &self.url;
        let document = json!({
            "issuer": format!("{url}{issuer}"),
            "jwks_uri": format!("{url}{KEYS}"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA", "ES256", "RS256"],
        });
        Reply::of(document.to_string())
    }
}

impl Setup {
    /// Trusts an issuer whose keys are found through its document.
    pub fn trusting(self, issuer: &IssuerServer) -> Self {
        self.variable("oidc_issuer", issuer.issuer())
            .variable("oidc_host", issuer.host())
            .variable("oidc_jwks", "")
    }

    /// Trusts an issuer whose keys have a configured URL.
    pub fn trusting_keys_of(self, issuer: &IssuerServer) -> Self {
        self.variable("oidc_issuer", issuer.issuer())
            .variable("oidc_jwks_url", issuer.keys_url())
            .variable("oidc_jwks_host", issuer.host())
            .variable("oidc_jwks", "")
    }
}
