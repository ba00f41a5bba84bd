//! The client of Keycloak's Admin API, with timeouts.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt as _;
use futures::future::{Either, select};
use serde::Deserialize;
use spin_sdk_jobs::http::{self, ErrorCode, IncomingResponse, Method, Request, SendError};

use crate::address::{Address, segment};
use crate::answer::{Answer, wait};
use crate::failure::Failure;
use crate::pacing::Pace;
use crate::provider::Names;
use crate::time::Clock;
use crate::timer::Timer;

/// The most bytes of an answer.
const LARGEST: usize = 16 * 1024 * 1024;

/// How long a request may take until its answer is complete, in seconds.
const LONGEST: u64 = 60;

/// How often a request is sent while the server is too busy.
const ATTEMPTS: u32 = 4;

/// The lifetime of a token whose response does not state one, in seconds.
const LIFE: u64 = 60;

/// A client that may read a realm.
pub struct Client {
    address: Address,
    names: Names,
    id: String,
    secret: String,
    token: RefCell<Option<Token>>,
    /// The provider's clock, according to its last token.
    clock: Cell<Clock>,
    pace: Pace,
}

struct Token {
    text: String,
    /// When to request another one, on the monotonic clock.
    renewed_at: u64,
}

/// The response of the token endpoint.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

/// A complete answer, and the header that says when to retry.
struct Received {
    answer: Answer,
    retry_after: Option<Vec<u8>>,
}

impl Client {
    /// A client of a realm, with its secret.
    pub fn new(address: Address, names: Names, id: String, secret: String) -> Self {
        Self {
            address,
            names,
            id,
            secret,
            token: RefCell::default(),
            clock: Cell::default(),
            pace: Pace::default(),
        }
    }

    /// Requests a path of the realm. It needs a token first, which also tells the provider's time.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        let token = self.token().await;
        let token = token.with_context(|| format!("POST {}", self.address.token()))?;
        let get = || format!("GET {}", self.address.admin(path));
        let answer = self.send_with(&token, path).await.with_context(get)?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.token.borrow_mut().take_if(|kept| kept.text == token);
        // This request gets a token for itself, which others use only after it has been accepted.
        let token = self.new_token().await;
        let token = token.with_context(|| format!("POST {}", self.address.token()))?;
        let answer = self.send_with(&token.text, path).await.with_context(get)?;
        if answer.status == 401 {
            return Err(Failure::Unauthorized).with_context(get);
        }
        *self.token.borrow_mut() = Some(token);
        Ok(answer)
    }

    async fn send_with(&self, token: &str, path: &str) -> Result<Answer, Failure> {
        let url = self.address.admin(path);
        let request = || {
            let mut request = Request::new(Method::Get, url.as_str());
            request.set_header("authorization", format!("Bearer {token}"));
            request.set_header("accept", "application/json");
            request
        };
        self.send(request).await
    }

    /// A token that stays valid for a while. Two requests at once may both get a new one.
    async fn token(&self) -> Result<String, Failure> {
        let now = clock::monotonic_nanoseconds();
        let kept = self.token.borrow().as_ref().and_then(|token| {
            let is_good = now < token.renewed_at;
            is_good.then(|| token.text.clone())
        });
        match kept {
            Some(token) => Ok(token),
            None => {
                let token = self.new_token().await?;
                let text = token.text.clone();
                *self.token.borrow_mut() = Some(token);
                Ok(text)
            }
        }
    }

    async fn new_token(&self) -> Result<Token, Failure> {
        let now = clock::monotonic_nanoseconds();
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            segment(&self.id),
            segment(&self.secret)
        );
        let url = self.address.token();
        let request = || {
            let mut request = Request::new(Method::Post, url.as_str());
            request.set_header("content-type", "application/x-www-form-urlencoded");
            request.set_header("accept", "application/json");
            *request.body_mut() = form.clone().into_bytes();
            request
        };
        let answer = self.send(request).await?;
        match answer.status {
            200 => {}
            404 => return Err(Failure::NoRealm),
            _ => return Err(self.no_token(&answer)),
        }
        let granted: Granted =
            serde_json::from_str(&answer.body).map_err(|_| Failure::NotWhole("token response"))?;
        let text = granted.access_token;
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure::NotWhole("token response"));
        }
        let arrived = clock::monotonic_nanoseconds();
        let clock = Clock::of(&text, arrived, clock::now().unix_seconds())?;
        self.clock.set(clock);
        // A third of its lifetime is left for requests in progress.
        let life = granted
            .expires_in
            .unwrap_or(LIFE)
            .saturating_mul(1_000_000_000);
        Ok(Token {
            text,
            renewed_at: now.saturating_add(life / 3 * 2),
        })
    }

    fn no_token(&self, answer: &Answer) -> Failure {
        let is_word = |c: char| c.is_ascii_lowercase() || c == '_';
        let refused: Option<Refused> = serde_json::from_str(&answer.body).ok();
        let code = refused.map(|refused| refused.error);
        Failure::NoToken {
            status: answer.status,
            code: code.filter(|code| code.len() <= 50 && code.chars().all(is_word)),
            client: self.names.client,
            secret: self.names.secret,
        }
    }

    /// Sends a request when it is its turn, and again while the server is too busy.
    async fn send(&self, request: impl Fn() -> Request) -> Result<Answer, Failure> {
        let mut attempts = 0;
        loop {
            let turn = self.pace.turn(clock::monotonic_nanoseconds());
            Timer::at(turn).await;
            let received = self.exchange(request()).await?;
            attempts += 1;
            let status = received.answer.status;
            if !matches!(status, 429 | 503) {
                return Ok(received.answer);
            }
            if attempts == ATTEMPTS {
                return Err(Failure::Overloaded(status, attempts));
            }
            Timer::after(wait(received.retry_after.as_deref(), attempts)).await;
        }
    }

    async fn exchange(&self, request: Request) -> Result<Received, Failure> {
        let exchange = pin!(self.receive(request));
        let deadline = Timer::after(Duration::from_secs(LONGEST));
        match select(exchange, deadline).await {
            Either::Left((received, _)) => received,
            Either::Right(((), _)) => Err(Failure::Late(LONGEST)),
        }
    }

    async fn receive(&self, request: Request) -> Result<Received, Failure> {
        // The answer counts as the state just before the request.
        let at = self.clock.get().passed(clock::monotonic_nanoseconds());
        let response: IncomingResponse = http::send(request)
            .await
            .map_err(|error| self.unsent(error))?;
        let headers = response.headers();
        let header = |name: &str| headers.get(name).into_iter().next();
        let retry_after = header("retry-after");
        let mut body = Vec::new();
        {
            let mut chunks = pin!(response.take_body_stream());
            while let Some(chunk) = chunks.next().await {
                let chunk =
                    chunk.map_err(|_| Failure::Broken("the connection was lost".to_owned()))?;
                if body.len() + chunk.len() > LARGEST {
                    return Err(Failure::TooLarge(LARGEST));
                }
                body.extend(chunk);
            }
        }
        let body = String::from_utf8(body).map_err(|_| Failure::NotWhole("UTF-8"))?;
        Ok(Received {
            answer: Answer {
                status: response.status(),
                at,
                body,
            },
            retry_after,
        })
    }

    fn unsent(&self, error: SendError) -> Failure {
        match error {
            SendError::Http(ErrorCode::HttpRequestDenied) => Failure::NotAllowed {
                variable: self.names.host,
                origin: self.address.origin.clone(),
            },
            SendError::Http(code) => Failure::Broken(format!("{code:?}")),
            // For a request with a body, the host gives no other reason.
            SendError::Io(_) => Failure::Unsent {
                variable: self.names.host,
                origin: self.address.origin.clone(),
            },
            SendError::RequestConversion(_) | SendError::ResponseConversion(_) => {
                Failure::Broken("the host could not convert the request".to_owned())
            }
        }
    }
}
