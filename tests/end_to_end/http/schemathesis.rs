//! The server behaves as openapi.yaml says: for generated requests that the contract allows, and some that it does not,
//! by schemathesis.

use std::{path::Path, process::Command};

use tests::Shell;
use xtask::schemathesis;

#[test]
fn whatever_is_asked_is_answered_as_documented() {
    let Some(program) = schemathesis::program() else {
        println!("left out: `cargo xtask test --schemathesis` and `cargo xtask ci` do this");
        return;
    };
    let shell = Shell::start();
    let mut claims = shell.claims("platform", "admin");
    claims.exp += 3_600;
    // Each read is recorded, so there are at least two events.
    let page = || {
        let request = shell.get("/v1/audit-events?limit=1");
        let request = request.header("shell-organization", "platform");
        request.by("platform", "admin").send()
    };
    let cursor = [page(), page()][1].json()["next_cursor"].clone();
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(program)
        .arg("--config-file")
        .arg(package.join("end_to_end/http/schemathesis.toml"))
        .arg("run")
        .arg(package.join("../openapi.yaml"))
        .args(["--url", &shell.url()])
        .args([
            "--header",
            &format!("Authorization: Bearer {}", shell.sign(&claims)),
        ])
        .env("AUDIT_CURSOR", cursor.as_str().unwrap())
        .current_dir(&shell.setup().environment.folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    let failures: Vec<_> = shell
        .log_lines()
        .into_iter()
        .filter(|line| line["status"].as_u64() >= Some(500))
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}
