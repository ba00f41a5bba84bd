//! The log lines about keys that could not be fetched: one for each reason, not one for each attempt.

use std::time::Duration;

use serde::Serialize;

use super::{address::Address, published::Unpublished};
use crate::{cache::redis, identity::Provider, log, revocation};

/// For how long one reason is not logged again.
const SILENT: Duration = Duration::from_secs(60 * 60);

#[derive(Serialize)]
struct Failed {
    warning: &'static str,
    provider: String,
    /// The address that was requested: that of the keys, or of the document that names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    reason: String,
}

/// Logs a failure, unless Redis knows that it was logged. Without Redis it is logged at each attempt.
pub async fn failed(provider: &Provider, unpublished: &Unpublished) {
    let Some(description) = provider.published() else {
        return;
    };
    let reason = unpublished.failure.to_string();
    let address = unpublished.asked.as_ref().map(Address::shown);
    let told = format!("{}\n{address:?}\n{reason}", description.source());
    let told = revocation::sha256(&told);
    let name = name(provider);
    let holder = redis::claim(&name, &told, SILENT).await;
    match holder {
        Ok(Some(holder)) if holder == told.as_bytes() => return,
        Ok(Some(_)) => {
            let _ = redis::set(&name, told.as_bytes(), SILENT).await;
        }
        Ok(None) | Err(_) => {}
    }
    log::warning(&Failed {
        warning: "an issuer's keys cannot be fetched; the last ones stay valid for a day",
        provider: description.name(),
        address,
        reason,
    });
}

/// The next failure is logged again.
pub async fn succeeded(provider: &Provider) {
    let _ = redis::remove(&name(provider)).await;
}

fn name(provider: &Provider) -> String {
    format!("key-failure:{}", provider.name())
}
