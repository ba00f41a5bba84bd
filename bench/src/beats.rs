//! Heartbeats of the apps that [`population`] adds.

use hyper::StatusCode;

use crate::load::Target;
use crate::population;
use crate::stage::Served;

/// What each app reports. The lease is longer than the round, just as leases usually are longer than the time
/// between two heartbeats.
const BODY: &str = r#"{"health":"healthy","ttl_seconds":30}"#;

/// One heartbeat for each app.
pub fn targets(shell: &Served) -> Vec<Target> {
    let targets = population::apps().map(|app| Target {
        expected: StatusCode::OK,
        ..Target::post(shell.address, format!("/v1/apps/{app}/heartbeat"), BODY)
    });
    targets.collect()
}
