//! The Admin API of a Keycloak on loopback: its realm is data that a test changes while it is read, and its answers
//! can be false.

mod answers;
#[cfg(test)]
mod asking;
mod lies;
mod realm;
mod tokens;

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use percent_encoding::percent_decode_str;
use serde_json::json;

use self::{answers::Manner, tokens::Tokens};
pub use self::{
    lies::Lie,
    realm::{Group, Link, Organization, Person, Realm},
    tokens::TokenForm,
};
use crate::{Asked, HttpServer, Reply, Setup};

/// Computes the answer that is sent instead of the true one, and may change the realm.
type Tell = Box<dyn Fn(Reply, &mut Realm) -> Reply + Send + Sync>;

/// The answers that are false: those to paths of this pattern with these numbers, counted from 0.
struct Told {
    pattern: String,
    which: Range<usize>,
    asked: usize,
    tell: Tell,
}

struct State {
    realm: Realm,
    manner: Manner,
    tokens: Tokens,
    told: Vec<Told>,
    /// The server's clock.
    clock: Clock,
}

/// A Keycloak's Admin API on its own port, until it is dropped.
pub struct AdminServer {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

impl AdminServer {
    /// With an empty realm of this name.
    pub fn start(realm: &str) -> Self {
        let manner = Manner {
            realm: realm.to_owned(),
            shows_realm: true,
            groups_within: true,
            counts_groups: true,
            shows_service_accounts: true,
            longest_page: usize::MAX,
        };
        let state = Arc::new(Mutex::new(State {
            realm: Realm::default(),
            manner,
            tokens: Tokens::default(),
            told: Vec::new(),
            clock: Clock::default(),
        }));
        let shared = Arc::clone(&state);
        let server = HttpServer::start_asked(move |asked| shared.lock().unwrap().answer(asked));
        Self { server, state }
    }

    /// Its URL, without `/admin`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Reads or changes the realm's data.
    pub fn realm<T>(&self, change: impl FnOnce(&mut Realm) -> T) -> T {
        change(&mut self.state().realm)
    }

    /// The same, with the time of the server's clock at that moment in milliseconds since the epoch.
    pub fn realm_at<T>(&self, change: impl FnOnce(&mut Realm, u64) -> T) -> T {
        let mut state = self.state();
        let now = state.clock.now();
        change(&mut state.realm, now)
    }

    /// Replaces answers to a path, those with these numbers: `tell` is given the true answer, and may change the realm
    /// for those that follow. The path begins after the realm's name; `*` matches one segment of it, and `token` is
    /// the token endpoint.
    pub fn lie_with(
        &self,
        pattern: &str,
        which: Range<usize>,
        tell: impl Fn(Reply, &mut Realm) -> Reply + Send + Sync + 'static,
    ) {
        self.state().told.push(Told {
            pattern: pattern.to_owned(),
            which,
            asked: 0,
            tell: Box::new(tell),
        });
    }

    /// The same with a predefined false answer.
    pub fn lie(&self, pattern: &str, which: Range<usize>, lie: Lie) {
        self.lie_with(pattern, which, move |truth, _| lie.told(truth));
    }

    /// Gives only true answers from now on.
    pub fn repent(&self) {
        self.state().told.clear();
    }

    /// From now on, issues tokens that are valid for so many seconds and requests.
    pub fn tokens_live(&self, seconds: u64, requests: usize) {
        let mut state = self.state();
        state.tokens.lifetime = seconds;
        state.tokens.uses = requests;
    }

    /// From now on, issues tokens of this form.
    pub fn tokens_are(&self, form: TokenForm) {
        self.state().tokens.form = form;
    }

    /// Invalidates all tokens issued so far.
    pub fn forget_tokens(&self) {
        self.state().tokens.forget();
    }

    /// Sets whether the client may read the realm itself.
    pub fn show_realm(&self, shows: bool) {
        self.state().manner.shows_realm = shows;
    }

    /// Sets whether groups report the number of their subgroups.
    pub fn count_groups(&self, counts: bool) {
        self.state().manner.counts_groups = counts;
    }

    /// Sets whether organizations have groups.
    pub fn have_groups_within(&self, has: bool) {
        self.state().manner.groups_within = has;
    }

    /// Sets whether service accounts can be read by their ids.
    pub fn show_service_accounts(&self, shows: bool) {
        self.state().manner.shows_service_accounts = shows;
    }

    /// Sets the maximum number of users in a page, whatever the request asks for.
    pub fn shorten_pages(&self, longest: usize) {
        self.state().manner.longest_page = longest;
    }

    /// Advances its clock.
    pub fn pass(&self, time: Duration) {
        *self.state().clock.forward.lock().unwrap() += time;
    }

    /// Its clock.
    pub fn clock(&self) -> Clock {
        self.state().clock.clone()
    }

    /// The time of its clock, in milliseconds since the epoch.
    pub fn now(&self) -> u64 {
        self.state().clock.now()
    }

    /// The requests about the realm so far, in order, as in a pattern, with the query.
    pub fn asked(&self) -> Vec<String> {
        let base = self.state().admin();
        let asked = self.server.all_asked().into_iter();
        asked
            .filter_map(|asked| asked.path.strip_prefix(&base).map(str::to_owned))
            .map(|path| path.trim_start_matches('/').to_owned())
            .collect()
    }

    /// The number of requests for paths of a pattern.
    pub fn count(&self, pattern: &str) -> usize {
        let asked = self.asked();
        let paths = asked
            .iter()
            .filter(|path| fits(pattern, without_query(path)));
        paths.count()
    }

    /// The number of requests for a token.
    pub fn logins(&self) -> usize {
        self.server.asked(&self.state().token_path()).len()
    }

    /// Stops listening.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Reply {
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        let (part, mut truth) = if path == self.token_path() {
            let now = self.clock.now() / 1_000;
            let truth = self.tokens.issue(&asked.body, &asked.authorization, now);
            ("token".to_owned(), truth)
        } else if let Some(part) = path.strip_prefix(&self.admin()) {
            let part = part.trim_start_matches('/').to_owned();
            let refusal = self.tokens.refusal(&asked.authorization);
            let truth = refusal.unwrap_or_else(|| self.true_answer(&part, query));
            (part, truth)
        } else {
            let truth = answers::not_found(&json!({"error": "Realm does not exist"}));
            (path.to_owned(), truth)
        };
        let Self { told, realm, .. } = self;
        for told in told.iter_mut().filter(|told| fits(&told.pattern, &part)) {
            let number = told.asked;
            told.asked += 1;
            if told.which.contains(&number) {
                truth = (told.tell)(truth, realm);
            }
        }
        truth
    }

    fn true_answer(&self, part: &str, query: &str) -> Reply {
        let parts = part.split('/').filter(|part| !part.is_empty());
        let parts: Vec<_> = parts
            .map(|part| percent_decode_str(part).decode_utf8_lossy())
            .collect();
        let path: Vec<_> = parts.iter().map(AsRef::as_ref).collect();
        answers::answer(&self.realm, &self.manner, &path, query)
    }

    fn token_path(&self) -> String {
        let realm = &self.manner.realm;
        format!("/realms/{realm}/protocol/openid-connect/token")
    }

    fn admin(&self) -> String {
        format!("/admin/realms/{}", self.manner.realm)
    }
}

/// The clock of another machine: it runs at our speed, but starts ten minutes behind, so that a test can advance it.
#[derive(Clone, Default)]
pub struct Clock {
    forward: Arc<Mutex<Duration>>,
}

impl Clock {
    const BEHIND: Duration = Duration::from_secs(600);

    /// Its time in milliseconds since the epoch.
    pub fn now(&self) -> u64 {
        let now = self.time().duration_since(SystemTime::UNIX_EPOCH);
        u64::try_from(now.unwrap().as_millis()).unwrap()
    }

    fn time(&self) -> SystemTime {
        SystemTime::now() - Self::BEHIND + *self.forward.lock().unwrap()
    }
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}

/// Whether a path matches a pattern.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if pattern == "*" || pattern == part => {}
            _ => return false,
        }
    }
}

impl Setup {
    /// Makes the server the source for reconciling the identity provider `default`.
    pub fn reconciled_with(self, server: &AdminServer) -> Self {
        let (url, realm) = (server.url(), server.state().manner.realm.clone());
        let statement =
            "UPDATE shell.identity_providers SET admin_url = $1, realm = $2 WHERE slug = 'default'";
        let mut superuser = self.database().as_superuser();
        superuser.execute(statement, &[&url, &realm]).unwrap();
        self.variable("keycloak_admin_host", &url)
            .variable("keycloak_admin_client", tokens::CLIENT)
            .variable("keycloak_admin_secret", tokens::SECRET)
    }
}
