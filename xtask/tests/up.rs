//! What `up` refuses, tested with the program itself: before the build, and without a password in the message.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::OsString;
use std::net::TcpListener;
use std::os::unix::ffi::OsStringExt as _;
use std::process::Command;

use xtask::connection::StoreUrl;
use xtask::instance::Instance;
use xtask::machine::RedisProgram;

/// The output of `up` with these arguments in this environment; it must fail.
fn refusal(arguments: &[&str], environment: &[(&str, OsString)]) -> String {
    refusal_on("127.0.0.1:0", arguments, environment)
}

/// The same with this address to listen on.
fn refusal_on(listen: &str, arguments: &[&str], environment: &[(&str, OsString)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["up", "--ephemeral", "--listen", listen])
        .arg("--data-dir")
        .arg(folder.path())
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("building"), "{said}");
    assert!(!said.contains("sesame"), "{said}");
    said
}

#[test]
fn an_address_that_cannot_be_read_is_not_repeated() {
    for (option, url, written) in [
        (
            "--database-url",
            "postgres://owner:sesame@host:port/shell",
            "postgres://USER",
        ),
        (
            "--database-url",
            "postgres://owner:sesame@host/shell?sslmode=require",
            "postgres://USER",
        ),
        ("--redis-url", "redis://me:sesame@host", "redis://:PASSWORD"),
    ] {
        let said = refusal(&[option, url], &[]);
        assert!(said.contains(option) && said.contains(written), "{said}");
    }
}

#[test]
fn an_address_that_cannot_be_served_on() {
    for address in ["localhost", "3000", "nowhere.invalid:3000"] {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["up", "--listen", address])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(
            said.contains("--listen") && said.contains("write HOST:PORT"),
            "{said}"
        );
    }
}

#[test]
fn an_address_in_use_is_refused_before_the_build() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = refusal_on(&format!("localhost:{port}"), &[], &[]);
    let why = format!("cannot serve on 127.0.0.1:{port}");
    assert!(said.contains(&why), "{said}");
}

#[test]
fn the_password_of_a_given_redis_is_tried_before_the_build() {
    let program = RedisProgram::find().expect("`cargo xtask test` brings a Redis");
    let scratch = tempfile::tempdir().unwrap();
    let mut instance = Instance::open(scratch.path(), true).unwrap();
    let redis = instance.start_redis(&program).unwrap();
    let url = StoreUrl {
        password: "sesame".to_owned(),
        ..redis.url()
    };
    let said = refusal(&["--redis-url", &url.to_string()], &[]);
    assert!(said.contains("--redis-url does not work"), "{said}");
    assert!(said.contains("password refused"), "{said}");
    drop(redis);
    instance.close().unwrap();
}

/// A value in the environment that is not UTF-8 makes no difference.
#[test]
fn passwords_of_the_environment_are_tried_before_the_build() {
    let odd = || OsString::from_vec(vec![b'a', 0xff]);
    for (name, value, said) in [
        ("SPIN_VARIABLE_REDIS_PASSWORD", "sesame", "password refused"),
        (
            "SPIN_VARIABLE_MIGRATION_DATABASE_PASSWORD",
            "sesame",
            "password refused",
        ),
        ("SPIN_VARIABLE_REDIS_HOST", "127.0.0.1:1", "nothing answers"),
    ] {
        let environment = [
            (name, OsString::from(value)),
            ("UNRELATED", odd()),
            ("SPIN_VARIABLE_REQUEST_LOG", odd()),
        ];
        let text = refusal(&[], &environment);
        assert!(text.contains(said), "{text}");
        assert!(text.contains("which the environment sets"), "{text}");
        let note = "note: SPIN_VARIABLE_REQUEST_LOG is not UTF-8";
        assert!(text.contains(note), "{text}");
    }
}
