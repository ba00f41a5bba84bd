//! A browser at the tests' certified OpenID provider, which asks for no password.

use std::collections::BTreeMap;

use serde_json::Value;
use ureq::{Agent, Body, http::Response};
use xtask::keycloak;

/// The client's redirect URI; nothing needs to listen there.
const REDIRECT: &str = "http://127.0.0.1:8999/callback";

/// Has no cookies at first.
pub struct OpenidVisitor<'p> {
    issuer: &'p str,
    agent: Agent,
    cookies: BTreeMap<String, String>,
}

impl<'p> OpenidVisitor<'p> {
    pub(crate) fn new(issuer: &'p str) -> Self {
        Self {
            issuer,
            agent: keycloak::agent(),
            cookies: BTreeMap::new(),
        }
    }

    /// Signs in at a client as this user; returns the access token that the client gets.
    pub fn sign_in(&mut self, client: &str, user: &str) -> String {
        let url = format!(
            "{}/auth?response_type=code&scope=openid&client_id={client}&login_hint={user}&redirect_uri={REDIRECT}",
            self.issuer
        );
        let back = self.go(url);
        let (_, code) = back.split_once("code=").expect("a code");
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("client_secret", "of-the-tests"),
            ("redirect_uri", REDIRECT),
            ("code", code.split('&').next().unwrap()),
            ("resource", "urn:shell"),
        ];
        let answer = self.agent.post(format!("{}/token", self.issuer));
        let answer = answer.send_form(form).unwrap().body_mut().read_json();
        let answer: Value = answer.unwrap();
        let token = answer["access_token"].as_str();
        token.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Signs out everywhere; when this returns, the logout tokens have been sent.
    pub fn sign_out(&mut self) {
        let url = format!("{}/session/end", self.issuer);
        let mut answer = self.get(&url);
        let page = answer.body_mut().read_to_string().unwrap();
        let (_, secret) = page.split_once(r#"name="xsrf" value=""#).expect("a form");
        let (secret, _) = secret.split_once('"').unwrap();
        let request = self.agent.post(format!("{url}/confirm"));
        let request = request.header("cookie", self.sent());
        let form = [("xsrf", secret), ("logout", "yes")];
        let answer = request.send_form(form).unwrap();
        assert_eq!(answer.status(), 303);
        self.keep(&answer);
    }

    /// Follows pages and forms until the client is reached.
    fn go(&mut self, mut url: String) -> String {
        while !url.starts_with(REDIRECT) {
            let answer = self.get(&url);
            let location = answer.headers().get("location").expect("the way on");
            let location = location.to_str().unwrap();
            url = if location.starts_with('/') {
                [self.issuer, location].concat()
            } else {
                location.to_owned()
            };
        }
        url
    }

    fn get(&mut self, url: &str) -> Response<Body> {
        let request = self.agent.get(url).header("cookie", self.sent());
        let answer = request.call().unwrap();
        self.keep(&answer);
        answer
    }

    fn sent(&self) -> String {
        let cookies = self.cookies.iter();
        let cookies: Vec<_> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        cookies.join("; ")
    }

    fn keep<T>(&mut self, answer: &Response<T>) {
        for cookie in answer.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}
