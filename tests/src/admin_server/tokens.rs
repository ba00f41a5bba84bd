//! The tokens of the client that reads the realm.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::Reply;

/// The client's id.
pub(super) const CLIENT: &str = "shell-reconcile";

/// The client's secret.
pub(super) const SECRET: &str = "a secret of the client & co.";

/// The form of tokens.
#[derive(Clone, Debug, Default)]
pub enum TokenForm {
    /// Keycloak's form.
    #[default]
    Sound,
    /// A text without any structure.
    Opaque,
    /// Keycloak's form, with these claims instead.
    With(Value),
}

/// The issued tokens, and how long those to come are valid.
pub(super) struct Tokens {
    issued: BTreeMap<String, Issued>,
    count: usize,
    /// The lifetime in seconds.
    pub lifetime: u64,
    /// The number of requests that a token is valid for.
    pub uses: usize,
    /// Their form.
    pub form: TokenForm,
}

struct Issued {
    ends: Instant,
    uses: usize,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            issued: BTreeMap::new(),
            count: 0,
            lifetime: 60,
            uses: usize::MAX,
            form: TokenForm::Sound,
        }
    }
}

impl Tokens {
    /// The token endpoint's answer to a form.
    pub(super) fn issue(&mut self, form: &str, authorization: &str, now: u64) -> Reply {
        let form: BTreeMap<_, _> = form_urlencoded::parse(form.as_bytes()).collect();
        let value = |name: &str| form.get(name).map(|value| value.as_ref());
        if value("grant_type") != Some("client_credentials") {
            return refused(
                400,
                &json!({"error": "unsupported_grant_type",
                "error_description": "Unsupported grant_type"}),
            );
        }
        let by_form = value("client_id") == Some(CLIENT) && value("client_secret") == Some(SECRET);
        if !by_form && !is_basic(authorization) {
            return refused(
                401,
                &json!({"error": "unauthorized_client",
                "error_description": "Invalid client or Invalid client credentials"}),
            );
        }
        self.count += 1;
        let mut claims = json!({"iat": now, "exp": now + self.lifetime, "typ": "Bearer", "azp": CLIENT,
            "jti": self.count.to_string()});
        if let TokenForm::With(others) = &self.form {
            for (name, value) in others.as_object().unwrap() {
                claims[name] = value.clone();
            }
        }
        let token = match self.form {
            TokenForm::Opaque => format!("token-{}", self.count),
            _ => token(&claims),
        };
        let ends = Instant::now() + Duration::from_secs(self.lifetime);
        let issued = Issued {
            ends,
            uses: self.uses,
        };
        self.issued.insert(token.clone(), issued);
        let answer = json!({"access_token": token, "expires_in": self.lifetime, "refresh_expires_in": 0,
            "token_type": "Bearer", "not-before-policy": 0, "scope": "profile email"});
        Reply::of(answer.to_string())
    }

    /// The refusal of a request, if it is refused.
    pub(super) fn refusal(&mut self, authorization: &str) -> Option<Reply> {
        let token = authorization.strip_prefix("Bearer ");
        let issued = token.and_then(|token| self.issued.get_mut(token));
        if let Some(issued) = issued
            && issued.ends > Instant::now()
            && issued.uses > 0
        {
            issued.uses -= 1;
            return None;
        }
        Some(refused(401, &json!({"error": "HTTP 401 Unauthorized"})))
    }

    /// Invalidates all issued tokens.
    pub(super) fn forget(&mut self) {
        self.issued.clear();
    }
}

/// A token with these claims but without a signature: the client that receives it uses it unchecked.
fn token(claims: &Value) -> String {
    let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "a-key"});
    format!("{}.{}.bm8gc2lnbmF0dXJl", encode(&header), encode(claims))
}

/// Whether the client's id and secret are in a header instead (OAuth 2.0, HTTP Basic).
fn is_basic(authorization: &str) -> bool {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let expected = BASE64_STANDARD.encode(format!("{}:{}", encode(CLIENT), encode(SECRET)));
    authorization == format!("Basic {expected}")
}

fn refused(status: u16, body: &Value) -> Reply {
    Reply {
        status,
        ..Reply::of(body.to_string())
    }
}
