//! Tests of the folder's rules; what needs servers is tested by every run of `cargo xtask test`.

use super::*;

#[test]
fn a_folder_of_somebody_else_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let home = scratch.path().join("home");
    std::fs::create_dir(&home).unwrap();
    std::fs::write(home.join("thesis.tex"), "years of work").unwrap();
    assert!(Instance::open(&home, true).is_err());
    assert!(home.join("thesis.tex").exists());
}

#[test]
fn two_at_once_are_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let home = scratch.path().join("home");
    let first = Instance::open(&home, false).unwrap();
    let message = format!("{:#}", Instance::open(&home, false).unwrap_err());
    assert!(message.contains("another `cargo xtask`"), "{message}");
    drop(first);
    assert!(Instance::open(&home, false).is_ok());
}

#[test]
fn a_disposable_instance_leaves_what_was_stored_before() {
    let scratch = tempfile::tempdir().unwrap();
    let home = scratch.path().join("home");
    let stored = Instance::open(&home, false).unwrap().state.owner_password;
    let disposable = Instance::open(&home, true).unwrap();
    assert_ne!(disposable.state.owner_password, stored);
    disposable.close().unwrap();
    assert!(!disposable_store(&home).exists());
    assert_eq!(
        Instance::open(&home, false).unwrap().state.owner_password,
        stored
    );
}

#[test]
fn a_disposable_instance_alone_leaves_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let home = scratch.path().join("home");
    Instance::open(&home, true).unwrap().close().unwrap();
    assert!(!home.exists());
}

#[test]
fn without_an_instance_the_way_to_one_is_said() {
    let scratch = tempfile::tempdir().unwrap();
    let message = format!("{:#}", running(scratch.path()).unwrap_err());
    assert!(message.contains("cargo xtask up"), "{message}");
}
