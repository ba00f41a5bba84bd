//! Requests to the Shell; each can safely be retried.

use std::io::ErrorKind;
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use ureq::http::{HeaderMap, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error};

use super::{Address, Failure, Token};

/// The timeout of an answer.
const LONGEST: Duration = Duration::from_secs(30);
/// The maximum size of an answer in bytes: a thousand decisions with their reasons.
const LARGEST: u64 = 16 * 1024 * 1024;
/// The longest wait that is accepted from the Shell's `Retry-After`.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The maximum number of characters shown of the Shell's own description of an error.
const LONGEST_SAID: usize = 500;

/// The waits before each retry.
#[derive(Clone, Copy, Debug)]
pub struct Patience(pub &'static [Duration]);

impl Patience {
    /// Three retries, with waits of seven seconds in all.
    pub const USUAL: Self = Self(&[
        Duration::from_secs(1),
        Duration::from_secs(2),
        Duration::from_secs(4),
    ]);
}

/// A client of the Shell.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    address: Address,
    token: Token,
    organization: Option<String>,
    /// The waits before each retry while the Shell cannot answer.
    pub patience: Patience,
}

/// An answer with an unexpected status.
struct Refusal {
    status: StatusCode,
    said: String,
    /// How long to wait before the next try, if the answer says so.
    wait: Option<Duration>,
}

impl Client {
    /// With this token, for the token's own organization or another one.
    pub fn new(
        address: Address,
        token: Token,
        organization: Option<String>,
        patience: Patience,
    ) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            // The token must not be sent anywhere else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(LONGEST))
            .user_agent(concat!("policy-test/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls);
        if address.is_on_this_machine() {
            config = config.proxy(None);
        }
        Self {
            agent: config.build().new_agent(),
            address,
            token,
            organization,
            patience,
        }
    }

    /// Posts JSON, and returns the answer's body if the status is 200.
    pub fn post(&self, path: &str, body: &str) -> Result<String, Failure> {
        let mut waits = self.patience.0.iter();
        loop {
            let refusal = match self.try_to_post(path, body)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let usual = waits.next().filter(|_| is_for_now(refusal.status));
            let Some(usual) = usual else {
                return Err(self.failure(&refusal));
            };
            thread::sleep(refusal.wait.unwrap_or(*usual));
        }
    }

    fn try_to_post(&self, path: &str, body: &str) -> Result<Result<String, Refusal>, Failure> {
        let mut request = self
            .agent
            .post(self.address.of(path))
            .header("authorization", self.token.header())
            .header("content-type", "application/json");
        if let Some(organization) = &self.organization {
            request = request.header("shell-organization", organization);
        }
        let mut response = request.send(body).map_err(|error| self.unreached(&error))?;
        let status = response.status();
        let body = response
            .body_mut()
            .with_config()
            .limit(LARGEST)
            .read_to_string();
        let body = body.map_err(|error| self.unreached(&error))?;
        if status == StatusCode::OK {
            return Ok(Ok(body));
        }
        let wait = wait(response.headers());
        let said = self.token.kept_out_of(&said(&body));
        Ok(Err(Refusal { status, said, wait }))
    }

    fn unreached(&self, error: &Error) -> Failure {
        let why = match error {
            Error::Io(error) => error.to_string(),
            other => other.to_string(),
        };
        let what = format!("the Shell cannot be reached ({why})");
        let next = match error {
            Error::Timeout(_) => "it did not answer within 30 s; try again",
            // The error kind of a failed TLS handshake.
            Error::Io(error) if error.kind() == ErrorKind::InvalidData => {
                "its certificate is to be for this address, and of an authority that the machine trusts or \
                 SSL_CERT_FILE names"
            }
            Error::Http(_) => "is the organization a slug?",
            _ => "is it running, and is the address right (--url, or SHELL_URL)?",
        };
        Failure::new(self.token.kept_out_of(&what), next)
    }

    fn failure(&self, refusal: &Refusal) -> Failure {
        let Refusal { status, said, .. } = refusal;
        let code = status.as_u16();
        let next = match code {
            401 => {
                "get a new one, of the identity provider and for the audience that this Shell is set up with"
            }
            403 if self.organization.is_some() => {
                "the token needs `act_for` on `organization:<slug>` and `evaluate` on `decision:*`, in platform"
            }
            403 => "the token needs an organization, and `evaluate` on `decision:*` in it",
            404 | 405 => {
                "is the address right, with the path that the Shell is served at (--url, or SHELL_URL)?"
            }
            300..=399 => {
                "give the address that the Shell itself is served at (--url, or SHELL_URL)"
            }
            _ if is_for_now(*status) => {
                "the request was retried several times; try again later, and see the Shell's log"
            }
            _ => "is this program as new as the Shell?",
        };
        let what = match code {
            401 => "the token is not accepted (401".to_owned(),
            403 => "the token may not ask this (403".to_owned(),
            503 => "the Shell is unavailable (503".to_owned(),
            _ => format!("the answer is not a decision ({code}"),
        };
        let said = if said.is_empty() {
            String::new()
        } else {
            format!(": {said}")
        };
        Failure {
            what: format!("{what}{said})"),
            next,
            status: Some(code),
        }
    }
}

/// Whether the error is temporary, so that a retry may succeed.
fn is_for_now(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

fn wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// The text of a problem document; empty for anything else, for example from a proxy.
fn said(body: &str) -> String {
    #[derive(Deserialize)]
    struct Problem {
        title: String,
        detail: Option<String>,
        #[serde(default)]
        errors: Vec<Field>,
    }
    #[derive(Deserialize)]
    struct Field {
        pointer: String,
        detail: String,
    }
    let Ok(problem) = serde_json::from_str::<Problem>(body) else {
        return String::new();
    };
    let fields = problem
        .errors
        .into_iter()
        .map(|field| format!("{}: {}", field.pointer, field.detail));
    let parts: Vec<_> = [problem.title]
        .into_iter()
        .chain(problem.detail)
        .chain(fields)
        .collect();
    parts.join("; ").chars().take(LONGEST_SAID).collect()
}

#[cfg(test)]
mod tests;
