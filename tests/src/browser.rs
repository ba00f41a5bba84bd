//! A browser that signs a person in at Keycloak: pages, a form, cookies, and redirects that it follows itself.

use std::collections::BTreeMap;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;
use xtask::keycloak::{self, Access, BROWSER_CLIENT};

/// Where the client waits for its user; nothing needs to listen there.
const REDIRECT: &str = "http://127.0.0.1:8999/callback";

/// A verifier and its challenge (RFC 7636, appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Without any cookie yet.
pub struct Browser<'a> {
    access: &'a Access,
    agent: Agent,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    /// That knows this Keycloak.
    pub fn new(access: &'a Access) -> Self {
        Self {
            access,
            agent: keycloak::agent(),
            cookies: BTreeMap::new(),
        }
    }

    /// Authorization code with PKCE: what the client gets for the code, as JSON, whatever that is.
    pub fn sign_in(&mut self, username: &str, scope: &str, verifier: Option<&str>) -> Value {
        let code = self.code(username, scope);
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", BROWSER_CLIENT),
            ("redirect_uri", REDIRECT),
            ("code", &code),
        ];
        form.push(("code_verifier", verifier.unwrap_or(VERIFIER)));
        let url = format!("{}/token", self.access.protocol());
        let mut answer = self.agent.post(&url).send_form(form).unwrap();
        answer.body_mut().read_json().unwrap()
    }

    fn code(&mut self, username: &str, scope: &str) -> String {
        let mut page = self.get(
            &format!("{}/auth", self.access.protocol()),
            &[
                ("response_type", "code"),
                ("client_id", BROWSER_CLIENT),
                ("redirect_uri", REDIRECT),
                ("scope", &format!("openid {scope}")),
                ("state", "a-state"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ],
        );
        // Where there are organizations, the name is asked for first and the password on the next page.
        for _ in 0..2 {
            let action = between(&page, r#"action=""#, r#"""#).replace("&amp;", "&");
            let form = [
                ("username", username),
                ("password", &self.access.user_password),
            ];
            let request = self.agent.post(&action).header("cookie", self.cookies());
            let mut answer = request.send_form(form).unwrap();
            self.keep_cookies(&answer);
            let location = answer.headers().get("location").cloned();
            page = answer.body_mut().read_to_string().unwrap();
            let Some(location) = location else {
                continue;
            };
            let location = location.to_str().unwrap();
            assert!(location.starts_with(REDIRECT), "{location}");
            assert!(location.contains("state=a-state"), "{location}");
            let code = location.split_once("code=").expect("a code").1;
            return code.split('&').next().unwrap().to_owned();
        }
        panic!("not signed in: {page}");
    }

    fn get(&mut self, url: &str, query: &[(&str, &str)]) -> String {
        let request = self.agent.get(url).query_pairs(query.iter().copied());
        let mut answer = request.header("cookie", self.cookies()).call().unwrap();
        assert_eq!(answer.status(), 200);
        self.keep_cookies(&answer);
        answer.body_mut().read_to_string().unwrap()
    }

    fn cookies(&self) -> String {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        cookies.join("; ")
    }

    fn keep_cookies<T>(&mut self, answer: &Response<T>) {
        for cookie in answer.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

#[track_caller]
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).expect("a form");
    rest.split_once(after).unwrap().0
}
