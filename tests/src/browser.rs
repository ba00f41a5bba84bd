//! A browser on Keycloak's pages: forms, cookies, and redirects, which it follows itself.

use std::collections::BTreeMap;

use serde_json::Value;
use ureq::Agent;
use ureq::Body;
use ureq::http::Response;
use xtask::keycloak::{self, Access, BROWSER_CLIENT};

/// The client's redirect URI; nothing needs to listen there.
const REDIRECT: &str = "http://127.0.0.1:8999/callback";

/// A verifier and its challenge (RFC 7636, appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Has no cookies at first.
pub struct Browser<'a> {
    access: &'a Access,
    agent: Agent,
    /// By their paths and names, since each realm has its own cookies.
    cookies: BTreeMap<(String, String), String>,
}

/// The result of a request.
#[derive(Debug)]
enum Step {
    /// A page of Keycloak.
    Page(String),
    /// A redirect back to the client, to this URL.
    Back(String),
}

impl<'a> Browser<'a> {
    /// For this Keycloak.
    pub fn new(access: &'a Access) -> Self {
        Self {
            access,
            agent: keycloak::agent(),
            cookies: BTreeMap::new(),
        }
    }

    /// Authorization code with PKCE: returns the token endpoint's answer for the code as JSON, even if it is an error.
    pub fn sign_in(&mut self, username: &str, scope: &str, verifier: Option<&str>) -> Value {
        let first = self.begin("auth", &[("scope", &format!("openid {scope}"))]);
        let back = self.enter(first, username);
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", BROWSER_CLIENT),
            ("redirect_uri", REDIRECT),
            ("code", code(&back)),
        ];
        form.push(("code_verifier", verifier.unwrap_or(VERIFIER)));
        let url = format!("{}/token", self.access.protocol());
        let mut answer = self.agent.post(&url).send_form(form).unwrap();
        answer.body_mut().read_json().unwrap()
    }

    /// Signs in as a user of another provider, by the link on the realm's page.
    pub fn sign_in_through(&mut self, provider: &str, username: &str) {
        let first = self.begin("auth", &[("scope", "openid"), ("kc_idp_hint", provider)]);
        self.enter(first, username);
    }

    /// Creates an account with the page's form.
    pub fn register(&mut self, fields: &[(&str, &str)]) {
        let Step::Page(page) = self.begin("registrations", &[("scope", "openid")]) else {
            panic!("no form to register by");
        };
        let password = self.access.user_password.clone();
        let mut form = fields.to_vec();
        form.extend([
            ("password", password.as_str()),
            ("password-confirm", &password),
        ]);
        match self.submit(&page, &form) {
            Step::Back(back) => drop(back),
            Step::Page(page) => panic!("not registered: {page}"),
        }
    }

    /// Signs in and deletes the user's own account, as the link on the account's page does.
    pub fn delete_account(&mut self, username: &str) {
        let asked = [("scope", "openid"), ("kc_action", "delete_account")];
        let mut step = self.begin("auth", &asked);
        let password = self.access.user_password.clone();
        for _ in 0..2 {
            let Step::Page(page) = step else { break };
            if page.contains("delete-account") || page.contains("Delete account") {
                // The page that follows belongs to no account any more.
                self.submit(&page, &[]);
                return;
            }
            step = self.submit(&page, &[("username", username), ("password", &password)]);
        }
        match step {
            Step::Page(page) => drop(self.submit(&page, &[])),
            Step::Back(back) => panic!("not asked whether to delete the account: {back}"),
        }
    }

    /// Sets the password again, and signs out all other sessions. The user of this browser has signed in.
    pub fn change_password(&mut self) {
        let asked = [("scope", "openid"), ("kc_action", "UPDATE_PASSWORD")];
        let Step::Page(page) = self.begin("auth", &asked) else {
            panic!("not asked for another password");
        };
        let password = self.access.user_password.clone();
        let form = [
            ("password-new", password.as_str()),
            ("password-confirm", &password),
            ("logout-sessions", "on"),
        ];
        match self.submit(&page, &form) {
            Step::Back(back) => assert!(back.contains("kc_action_status=success"), "{back}"),
            Step::Page(page) => panic!("the password stays as it was: {page}"),
        }
    }

    /// Logs out the user of these tokens, as a link in an application does.
    pub fn sign_out(&mut self, tokens: &Value) {
        let url = format!("{}/logout", self.access.protocol());
        let query = [
            ("id_token_hint", tokens["id_token"].as_str().unwrap()),
            ("post_logout_redirect_uri", REDIRECT),
        ];
        let request = self.agent.get(&url).query_pairs(query);
        let answer = request.header("cookie", self.cookies(&url)).call().unwrap();
        match self.follow(&url, answer) {
            Step::Back(back) => drop(back),
            Step::Page(page) => panic!("not logged out: {page}"),
        }
    }

    /// The client redirects its user to Keycloak.
    fn begin(&mut self, page: &str, asked: &[(&str, &str)]) -> Step {
        let url = format!("{}/{page}", self.access.protocol());
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", BROWSER_CLIENT),
            ("redirect_uri", REDIRECT),
            ("state", "a-state"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        query.extend(asked);
        let request = self.agent.get(&url).query_pairs(query);
        let answer = request.header("cookie", self.cookies(&url)).call().unwrap();
        self.follow(&url, answer)
    }

    /// Enters the username and password, on one page or two: with organizations, Keycloak first asks for the name.
    fn enter(&mut self, first: Step, username: &str) -> String {
        let password = self.access.user_password.clone();
        let mut step = first;
        for _ in 0..3 {
            step = match step {
                Step::Page(page) => {
                    self.submit(&page, &[("username", username), ("password", &password)])
                }
                Step::Back(back) => {
                    assert!(back.contains("state=a-state"), "{back}");
                    return back;
                }
            };
        }
        panic!("not signed in: {step:?}");
    }

    fn submit(&mut self, page: &str, form: &[(&str, &str)]) -> Step {
        let action = between(page, r#"action=""#, r#"""#).replace("&amp;", "&");
        let request = self.agent.post(&action);
        let request = request.header("cookie", self.cookies(&action));
        let answer = request.send_form(form.iter().copied()).unwrap();
        self.follow(&action, answer)
    }

    fn follow(&mut self, url: &str, mut answer: Response<Body>) -> Step {
        let mut url = url.to_owned();
        loop {
            self.keep_cookies(&url, &answer);
            let Some(location) = answer.headers().get("location") else {
                return Step::Page(answer.body_mut().read_to_string().unwrap());
            };
            location.to_str().unwrap().clone_into(&mut url);
            if url.starts_with(REDIRECT) {
                return Step::Back(url);
            }
            let request = self.agent.get(&url).header("cookie", self.cookies(&url));
            answer = request.call().unwrap();
        }
    }

    fn cookies(&self, url: &str) -> String {
        let path = path(url);
        let fitting = self.cookies.iter();
        let fitting = fitting.filter(|((below, _), _)| path.starts_with(below.as_str()));
        let cookies: Vec<_> = fitting
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        cookies.join("; ")
    }

    fn keep_cookies<T>(&mut self, url: &str, answer: &Response<T>) {
        for cookie in answer.headers().get_all("set-cookie") {
            let mut parts = cookie.to_str().unwrap().split(';').map(str::trim);
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            let below = parts.find_map(|part| {
                let (name, value) = part.split_once('=')?;
                name.eq_ignore_ascii_case("path").then_some(value)
            });
            let below = below.unwrap_or_else(|| path(url)).to_owned();
            self.cookies
                .insert((below, name.to_owned()), value.to_owned());
        }
    }
}

fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |start| &rest[start..])
}

#[track_caller]
fn code(back: &str) -> &str {
    let code = back.split_once("code=").expect("a code").1;
    code.split('&').next().unwrap()
}

#[track_caller]
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).expect("a form");
    rest.split_once(after).unwrap().0
}
