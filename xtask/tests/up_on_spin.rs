//! `up` with a `spin` in PATH, which is a script here: whether it is used, what is built for it, and that later
//! commands find it again.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// What `spin plugins list` prints about the plugin that the jobs need.
const COMMAND_TRIGGER: &str = "trigger-command 0.3.0 [installed]";

/// The test's own programs, and the calls to them.
struct Programs {
    folder: TempDir,
    url: String,
}

impl Programs {
    /// A `spin` of this version with this plugin, which exits when it is given a variable that is not UTF-8, and a
    /// `cargo` that builds nothing.
    fn new(version: &str, plugin: &str) -> Self {
        let programs = Self {
            folder: tempfile::tempdir().unwrap(),
            url: always_ready(),
        };
        std::fs::create_dir_all(programs.bin()).unwrap();
        programs.write("cargo", "");
        programs.write(
            "spin",
            &format!(
                r#"case "$1" in
--version) echo "spin {version} (0123456 2026-09-01)" ;;
plugins) echo "{plugin}" ;;
up) [ -z "$SPIN_VARIABLE_LATER" ] || exit 1
    case "$3" in
    */functions/*) echo "done" ;;
    *) echo "Serving $SERVED_AT"; exec sleep 600 ;;
    esac ;;
esac
"#
            ),
        );
        programs
    }

    fn bin(&self) -> PathBuf {
        self.folder.path().join("bin")
    }

    fn write(&self, name: &str, script: &str) {
        let program = self.bin().join(name);
        let script = format!("#!/bin/sh\necho \"{name} $*\" >> \"$CALLS\"\n{script}");
        std::fs::write(&program, script).unwrap();
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(program, executable).unwrap();
    }

    /// The calls, in order.
    fn calls(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default()
    }

    fn xtask(&self, command: &str) -> Command {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask
            .arg(command)
            .arg("--data-dir")
            .arg(self.folder.path().join("data"))
            .env_remove("SPIN")
            .env("CARGO", self.bin().join("cargo"))
            .env("CALLS", self.folder.path().join("calls"))
            .env("SERVED_AT", &self.url)
            .env("SPIN_VARIABLE_LATER", OsString::from_vec(vec![b'a', 0xff]));
        xtask
    }

    fn up(&self) -> Command {
        let mut up = self.xtask("up");
        let usual = std::env::var_os("PATH").unwrap();
        let folders = std::iter::once(self.bin()).chain(std::env::split_paths(&usual));
        up.args(["--ephemeral", "--listen", "127.0.0.1:0"])
            .env("PATH", std::env::join_paths(folders).unwrap());
        up
    }
}

/// A server that answers every request with 200, until the test ends.
fn always_ready() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let _ = client.read(&mut [0; 1024]);
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    url
}

/// A running `up`; dropping it stops it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        let _ = self.0.wait();
    }
}

fn is_of_function(line: &str, function: &str) -> bool {
    let manifest = Path::new("functions").join(function).join("spin.toml");
    line.starts_with("spin up -f ") && line.contains(&manifest.display().to_string())
}

#[test]
fn a_spin_that_fits_is_taken_and_remembered() {
    let programs = Programs::new("4.1.0", COMMAND_TRIGGER);
    let mut up = programs.up().stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(up.stdout.take().unwrap());
    let up = Running(up);
    let lines: Vec<_> = output
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.starts_with("Ready: "))
        .collect();
    let calls = programs.calls();
    assert!(
        is_of_function(calls.lines().nth(4).unwrap_or_default(), "seed"),
        "{lines:?}\n{calls}"
    );
    assert!(calls.contains("cargo components"), "{calls}");
    assert!(!calls.contains("--package host"), "{calls}");

    // Without a `spin` in PATH, and without $SPIN.
    for job in ["seed", "migrate", "maintain"] {
        let before = programs.calls();
        let output = programs.xtask(job).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let calls = programs.calls();
        let since = calls.strip_prefix(&before).unwrap();
        assert!(
            since.lines().any(|line| is_of_function(line, job)),
            "{since}"
        );
        assert!(!since.contains("--package host"), "{since}");
    }
    drop(up);
}

#[test]
fn a_spin_that_does_not_fit_is_passed_over() {
    for (version, plugin, why) in [
        (
            "4.0.1",
            COMMAND_TRIGGER,
            "it is version 4.0, and the functions need 4.1",
        ),
        (
            "4.1.0",
            "No plugins found",
            "it has no command trigger that fits it",
        ),
    ] {
        let programs = Programs::new(version, plugin);
        // It fails before the build.
        let mut up = programs.up();
        let output = up
            .args(["--redis-url", "redis://127.0.0.1:1"])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let note = "note: the embedded host runs the Shell, not ";
        assert!(said.contains(note), "{said}");
        assert!(said.contains(why), "{said}");
    }
}
