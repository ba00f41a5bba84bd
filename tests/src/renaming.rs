//! Renaming apps, and how soon a new name is visible in acme.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    Shell,
    waiting::{BOUND, pause},
};

/// Renames drive.
pub fn rename(shell: &Shell, name: &str) -> u16 {
    rename_app(shell, "drive", name)
}

/// Renames any app.
pub fn rename_app(shell: &Shell, slug: &str, name: &str) -> u16 {
    let app = json!({
        "name": name, "status": "available",
        "api_url": "https://drive.example/api", "ui_url": "https://drive.example",
    });
    let request = shell.platform("PUT", &format!("/v1/apps/{slug}"));
    request.json(&app).send().status
}

/// The name of drive.
pub fn read(shell: &Shell) -> String {
    let answer = shell.get("/v1/apps/drive").by("acme", "alice").send();
    let app = answer.expect(200).json();
    app["name"].as_str().unwrap().to_owned()
}

/// Asserts that a change becomes visible within the bound, and stays visible.
#[track_caller]
pub fn shows_in_time(shell: &Shell, name: &str) {
    shows_within(shell, name, BOUND);
}

/// The same with another bound.
#[track_caller]
pub fn shows_within(shell: &Shell, name: &str, bound: Duration) {
    let started = Instant::now();
    while started.elapsed() < 2 * bound {
        let asked = started.elapsed();
        let read = read(shell);
        assert!(read == name || asked < bound, "{read} after {asked:?}");
        pause(20);
    }
    assert_eq!(read(shell), name);
}
