//! False answers.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Gate, Reply};

/// More than the Shell reads of an answer.
const TOO_LARGE: usize = 20 * 1024 * 1024;

/// A way to change an answer.
#[derive(Clone, Debug)]
pub enum Lie {
    /// A list that breaks off and ends in an error, although its status is 200.
    BreaksOff,
    /// A list whose last item is an error.
    EndsInError,
    /// Half of the announced body.
    Half,
    /// A connection that is closed without an answer.
    Cut,
    /// An empty list.
    Empty,
    /// Only the first items of a list.
    Short(usize),
    /// Another status, with the body that Keycloak sends for it.
    Status(u16),
    /// The same with a `Retry-After` of so many seconds.
    Later(u16, u64),
    /// A delay of this duration.
    Slow(Duration),
    /// No answer until the gate is opened.
    Held(Gate),
    /// A proxy's HTML page for something not found.
    Html,
    /// The error for a realm that does not exist.
    NoRealm,
    /// A redirect to another address.
    Redirect(String),
    /// More bytes than the Shell reads.
    Large,
    /// Deeply nested lists.
    Deep,
    /// A list whose first item is repeated.
    Twice,
    /// Additional, unknown members.
    Unknown,
    /// Null for all members but the id and the name.
    Null,
    /// Another body.
    Body(Value),
    /// This text as the body, whether or not it is JSON.
    Text(&'static str),
}

impl Lie {
    /// Returns the answer that is sent instead.
    pub fn told(&self, truth: Reply) -> Reply {
        match self {
            Self::BreaksOff => {
                let shown = truth.body.trim_end_matches(']').to_owned();
                with_body(truth, shown + r#"{"error":"unknown_error"}"#)
            }
            Self::EndsInError => changed(truth, |body| {
                if let Value::Array(items) = body {
                    items.push(json!({"error": "unknown_error"}));
                }
            }),
            Self::Half => Reply {
                unsent: truth.body.len().div_ceil(2),
                ..truth
            },
            Self::Cut => Reply {
                unsent: usize::MAX,
                ..truth
            },
            Self::Empty => with_body(truth, "[]".to_owned()),
            Self::Short(length) => changed(truth, |body| {
                if let Value::Array(items) = body {
                    items.truncate(*length);
                }
            }),
            Self::Status(status) => {
                let error = format!("HTTP {status}");
                let body = json!({ "error": error }).to_string();
                Reply {
                    status: *status,
                    ..with_body(truth, body)
                }
            }
            Self::Later(status, seconds) => {
                let mut reply = Self::Status(*status).told(truth);
                reply.headers.push(format!("retry-after: {seconds}"));
                reply
            }
            Self::Slow(delay) => Reply {
                delay: *delay,
                ..truth
            },
            Self::Held(gate) => Reply {
                gate: Some(gate.clone()),
                ..truth
            },
            Self::Html => Reply {
                status: 404,
                kind: "text/html",
                ..with_body(truth, "<html><body>Not Found</body></html>".to_owned())
            },
            Self::NoRealm => Reply {
                status: 404,
                ..with_body(truth, r#"{"error":"Realm not found."}"#.to_owned())
            },
            Self::Redirect(to) => Reply::redirect(to),
            Self::Large => {
                let body = truth.body.clone() + &" ".repeat(TOO_LARGE);
                with_body(truth, body)
            }
            Self::Deep => {
                let deep = 100_000;
                with_body(truth, "[".repeat(deep) + &"]".repeat(deep))
            }
            Self::Twice => changed(truth, |body| {
                if let Value::Array(items) = body {
                    items.extend(items.first().cloned());
                }
            }),
            Self::Unknown => changed(truth, |body| {
                each(body, |item| {
                    item["unheardOf"] = json!({"deep": [[{"deeper": 1.5e300}]], "id": "elsewhere"});
                });
            }),
            Self::Null => changed(truth, |body| {
                each(body, |item| {
                    for (name, value) in item.as_object_mut().into_iter().flatten() {
                        if !["id", "username", "name", "alias"].contains(&name.as_str()) {
                            *value = Value::Null;
                        }
                    }
                    for name in ["email", "firstName", "lastName", "attributes"] {
                        item[name] = Value::Null;
                    }
                });
            }),
            Self::Body(body) => with_body(truth, body.to_string()),
            Self::Text(text) => with_body(truth, (*text).to_owned()),
        }
    }
}

fn with_body(reply: Reply, body: String) -> Reply {
    Reply { body, ..reply }
}

fn changed(reply: Reply, change: impl FnOnce(&mut Value)) -> Reply {
    let mut body = serde_json::from_str(&reply.body).unwrap();
    change(&mut body);
    with_body(reply, body.to_string())
}

/// Changes every item of a list, or the object if there is only one.
fn each(body: &mut Value, change: impl Fn(&mut Value)) {
    match body {
        Value::Array(items) => items.iter_mut().for_each(change),
        item => change(item),
    }
}
