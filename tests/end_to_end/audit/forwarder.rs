//! The client of `docs/audit.md`, as printed there.

use std::{fs, path::Path, process::Command, time::Instant};

use serde_json::{Value, json};
use tests::{
    Shell,
    audit::{append, event, ids, with},
    waiting::pause,
};
use xtask::{process::Process, secret};

const DOCUMENT: &str = include_str!("../../../docs/audit.md");

/// Starts the client in a folder.
fn start(shell: &Shell, folder: &Path) -> Process {
    let (_, rest) = DOCUMENT.split_once("```sh\n").unwrap();
    let (client, _) = rest.split_once("```").unwrap();
    let mut command = Command::new("sh");
    command.arg("-c").arg(client).current_dir(folder);
    command.env("SHELL_URL", shell.url());
    command.env("TOKEN", shell.token("platform", "admin"));
    Process::spawn("sh", &mut command).unwrap()
}

/// The events that it has written to its file.
fn forwarded(folder: &Path) -> Vec<Value> {
    let lines = fs::read_to_string(folder.join("trail.ndjson")).unwrap_or_default();
    let lines = lines.lines();
    // The last line may be incomplete.
    lines
        .map_while(|line| serde_json::from_str(line).ok())
        .collect()
}

#[test]
fn the_documented_client_forwards_every_event() {
    let shell = Shell::start();
    let folder = shell
        .setup()
        .environment
        .folder
        .join(secret::random_token().unwrap());
    fs::create_dir(&folder).unwrap();
    let mut sent = Vec::new();
    for round in 0..2 {
        let mut client = start(&shell, &folder);
        for _ in 0..3 {
            let events = json!([event(), with("metadata", json!({"round": round}))]);
            let recorded = append(&shell, &events).expect(201).json();
            sent.extend(ids(recorded.as_array().unwrap()));
            pause(100);
        }
        let begun = Instant::now();
        while forwarded(&folder).len() < sent.len() {
            assert!(begun.elapsed().as_secs() < 60, "{:?}", forwarded(&folder));
            pause(50);
        }
        // It must have stored its cursor as well.
        pause(500);
        client.kill();
    }
    assert_eq!(ids(&forwarded(&folder)), sent);
}
