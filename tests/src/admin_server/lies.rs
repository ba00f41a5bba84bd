//! Answers other than the true ones.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Gate, Reply};

/// More than is taken of an answer.
const TOO_LARGE: usize = 20 * 1024 * 1024;

/// What becomes of an answer.
#[derive(Clone, Debug)]
pub enum Lie {
    /// A list that breaks off, and ends in an error, with a status of 200.
    BreaksOff,
    /// A list whose last item is an error.
    EndsInError,
    /// Half of what was announced.
    Half,
    /// A connection that is closed without an answer.
    Cut,
    /// An empty list.
    Empty,
    /// The first so many of a list.
    Short(usize),
    /// Another status, and a body in Keycloak's words for it.
    Status(u16),
    /// The same, which says after how many seconds to come again.
    Later(u16, u64),
    /// Too late, by so much.
    Slow(Duration),
    /// Not before the gate is opened.
    Held(Gate),
    /// A page of a proxy's that finds nothing.
    Html,
    /// That there is no such realm.
    NoRealm,
    /// The way to another address.
    Redirect(String),
    /// With more around it than is taken.
    Large,
    /// So many lists in each other.
    Deep,
    /// A list whose first item comes twice.
    Twice,
    /// With members that nobody knows.
    Unknown,
    /// Whose members, but the identifier and the name, are null.
    Null,
    /// Another body.
    Body(Value),
    /// The body of this text, whatever it is.
    Text(&'static str),
}

impl Lie {
    /// The answer that is given instead.
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

/// Every item of a list, or the one object that it is.
fn each(body: &mut Value, change: impl Fn(&mut Value)) {
    match body {
        Value::Array(items) => items.iter_mut().for_each(change),
        item => change(item),
    }
}
