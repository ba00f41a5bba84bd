//! Heartbeats of the apps that [`population`] adds.

use hyper::StatusCode;

use crate::load::Target;
use crate::population;
use crate::stage::Served;

/// What each app says of itself. The lease outlives the round, as it outlives the time between two
/// heartbeats elsewhere.
const BODY: &str = r#"{"health":"healthy","ttl_seconds":30}"#;

/// One of each app.
pub fn targets(shell: &Served) -> Vec<Target> {
    let targets = population::apps().map(|app| Target {
        expected: StatusCode::OK,
        ..Target::post(shell.address, format!("/v1/apps/{app}/heartbeat"), BODY)
    });
    targets.collect()
}
