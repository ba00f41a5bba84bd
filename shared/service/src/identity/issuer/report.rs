//! What the log says of keys that could not be fetched: once for each reason, not at each attempt.

use std::time::Duration;

use serde::Serialize;

use super::{address::Address, failure::Failure};
use crate::{
    cache::redis,
    identity::{Provider, receipt},
    log,
};

/// How long one reason is not told again.
const SILENT: Duration = Duration::from_secs(60 * 60);

#[derive(Serialize)]
struct Failed<'a> {
    warning: &'static str,
    provider: &'a str,
    /// Where the keys, or the address of the keys, should be.
    address: String,
    reason: String,
}

/// Tells it, unless Redis knows that it was told. Where Redis is away, it is told at each attempt.
pub async fn failed(provider: &Provider, failure: &Failure) {
    let Some(description) = provider.published() else {
        return;
    };
    let reason = failure.to_string();
    let told = receipt::token_hash(&format!("{}\n{reason}", description.source()));
    let name = name(provider);
    let holder = redis::claim(&name, &told, SILENT).await;
    match holder {
        Ok(Some(holder)) if holder == told.as_bytes() => return,
        Ok(Some(_)) => {
            let _ = redis::set(&name, told.as_bytes(), SILENT).await;
        }
        Ok(None) | Err(_) => {}
    }
    let address = match &description.keys_at {
        Some(url) => Address::parse(url),
        None => Address::of_discovery(&description.issuer),
    };
    log::warning(&Failed {
        warning: "an issuer's keys cannot be fetched; the last ones stay in force for a day",
        provider: description.slug.as_str(),
        address: address.map_or_else(|_| String::new(), |address| address.shown()),
        reason,
    });
}

/// The next failure is news.
pub async fn succeeded(provider: &Provider) {
    let name = name(provider);
    let _ = redis::command("DEL", || vec![redis::text(&name)]).await;
}

fn name(provider: &Provider) -> String {
    format!("key-failure:{}", provider.slug())
}
