//! Invariant 7: migrations can be run again, and by two at once.

use std::thread;

use tests::{Folder, Setup};

use crate::audit::{append, event};

const APPLIED: &str = "SELECT count(*), count(DISTINCT version) FROM shell.refinery_schema_history";

fn applied(setup: &Setup) -> (i64, i64) {
    let row = setup
        .database()
        .as_superuser()
        .query_one(APPLIED, &[])
        .unwrap();
    (row.get(0), row.get(1))
}

fn files() -> i64 {
    let folder = xtask::workspace::root().join("migrations");
    i64::try_from(folder.read_dir().unwrap().count()).unwrap()
}

#[test]
fn once_and_again() {
    let setup = Setup::empty();
    let first = setup.job("migrate", None, &[]).unwrap();
    assert!(first.contains("applied V1__organizations.sql"), "{first}");
    assert_eq!(applied(&setup), (files(), files()));
    let again = setup.job("migrate", None, &[]).unwrap();
    assert!(again.contains("nothing to do"), "{again}");
    assert_eq!(applied(&setup), (files(), files()));
}

#[test]
fn two_at_once_both_end_well() {
    for _ in 0..3 {
        let setup = Setup::empty();
        thread::scope(|scope| {
            let runs = [(); 2].map(|()| scope.spawn(|| setup.job("migrate", None, &[])));
            for run in runs {
                run.join().unwrap().unwrap();
            }
        });
        assert_eq!(applied(&setup), (files(), files()));
    }
}

#[test]
fn the_files_texts_can_be_run_again() {
    let setup = Setup::seeded();
    let mut owner = setup.database().as_owner();
    let folder = xtask::workspace::root().join("migrations");
    let mut files: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort_by_key(|path| path.file_name().unwrap().to_string_lossy().len());
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        owner
            .batch_execute(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

#[test]
fn a_dry_run_says_what_would_run_and_writes_nothing() {
    let setup = Setup::empty();
    let said = setup.job("migrate", None, &["--dry-run"]).unwrap();
    assert!(said.contains("would apply V1__organizations.sql"), "{said}");
    let query = "SELECT count(*) FROM pg_namespace WHERE nspname = 'shell'";
    let schemas: i64 = setup
        .database()
        .as_superuser()
        .query_one(query, &[])
        .unwrap()
        .get(0);
    assert_eq!(schemas, 0);

    setup.job("migrate", None, &[]).unwrap();
    let folder = Folder::copy_of(&setup.environment, "migrations");
    folder.write("V900__later.sql", "CREATE TABLE shell.later ();");
    let said = setup.job("migrate", Some(&folder), &["--dry-run"]).unwrap();
    assert!(said.contains("would apply V900__later.sql"), "{said}");
    assert!(!said.contains("V1__"), "{said}");
    assert_eq!(applied(&setup), (files(), files()));
}

#[test]
fn a_failed_one_leaves_nothing_and_is_named() {
    let setup = Setup::empty();
    setup.job("migrate", None, &[]).unwrap();
    let folder = Folder::copy_of(&setup.environment, "migrations");
    folder.write(
        "V900__good.sql",
        "CREATE TABLE shell.good (); SELECT '$m0$';",
    );
    folder.write("V901__bad.sql", "CREATE TABLE shell.bad (); SELECT 1 / 0;");
    let error = setup.job("migrate", Some(&folder), &[]).unwrap_err();
    assert!(error.contains("V901__bad.sql: division by zero"), "{error}");
    let query = "SELECT to_regclass('shell.good') IS NULL AND to_regclass('shell.bad') IS NULL";
    assert!(
        setup
            .database()
            .as_superuser()
            .query_one(query, &[])
            .unwrap()
            .get::<_, bool>(0)
    );
    assert_eq!(applied(&setup), (files(), files()));

    folder.write("V901__bad.sql", "CREATE TABLE shell.bad ();");
    setup.job("migrate", Some(&folder), &[]).unwrap();
    assert_eq!(applied(&setup), (files() + 2, files() + 2));
}

#[test]
fn a_changed_or_missing_or_late_or_misnamed_file_stops_it() {
    let setup = Setup::empty();
    setup.job("migrate", None, &[]).unwrap();
    let changed = Folder::copy_of(&setup.environment, "migrations");
    changed.write("V2__apps.sql", "SELECT 1;");
    let error = setup.job("migrate", Some(&changed), &[]).unwrap_err();
    assert!(
        error.contains("V2__apps.sql: changed since it was applied"),
        "{error}"
    );

    let missing = Folder::copy_of(&setup.environment, "migrations");
    std::fs::remove_file(missing.path().join("V2__apps.sql")).unwrap();
    let error = setup.job("migrate", Some(&missing), &[]).unwrap_err();
    assert!(
        error.contains("V2__apps.sql: was applied, but is not in the folder"),
        "{error}"
    );

    let late = Folder::copy_of(&setup.environment, "migrations");
    late.write("V0__late.sql", "SELECT 1;");
    let error = setup.job("migrate", Some(&late), &[]).unwrap_err();
    assert!(
        error.contains("V0__late.sql: later migrations were applied already"),
        "{error}"
    );

    let misnamed = Folder::copy_of(&setup.environment, "migrations");
    misnamed.write("v99__small.sql", "SELECT 1;");
    let error = setup.job("migrate", Some(&misnamed), &[]).unwrap_err();
    assert!(
        error.contains("v99__small.sql: expected a file named"),
        "{error}"
    );
}

#[test]
fn the_running_version_is_not_disturbed() {
    let setup = Setup::seeded();
    let folder = Folder::copy_of(&setup.environment, "migrations");
    folder.write(
        "V900__more.sql",
        "ALTER TABLE shell.apps ADD COLUMN owner text;",
    );
    let before = setup.start();
    before
        .get("/v1/apps")
        .by("acme", "alice")
        .send()
        .expect(200);
    before.setup().job("migrate", Some(&folder), &[]).unwrap();
    before
        .get("/v1/apps")
        .by("globex", "carol")
        .send()
        .expect(200);
}

#[test]
fn a_table_in_use_keeps_a_migration_waiting_and_nobody_else() {
    let setup = Setup::seeded();
    let folder = Folder::copy_of(&setup.environment, "migrations");
    // Who enters locks organizations; who holds audit_log is a dump, say.
    let sql = "ALTER TABLE shell.organizations ADD COLUMN motto text;
        ALTER TABLE shell.audit_log ADD COLUMN motto text;";
    folder.write("V900__mottos.sql", sql);
    let shell = setup.start();
    let mut superuser = shell.database().as_superuser();
    let mut dump = superuser.transaction().unwrap();
    dump.batch_execute("SELECT FROM shell.audit_log LIMIT 1")
        .unwrap();
    let folder = &folder;
    let said = thread::scope(|scope| {
        let migration = scope.spawn(|| shell.setup().job("migrate", Some(folder), &[]));
        for _ in 0..6 {
            thread::sleep(std::time::Duration::from_millis(400));
            append(&shell, &event()).expect(201);
        }
        dump.rollback().unwrap();
        migration.join().unwrap().unwrap()
    });
    assert!(said.contains("a table is in use"), "{said}");
    assert!(said.contains("applied V900__mottos.sql"), "{said}");
    append(&shell, &event()).expect(201);
}

#[test]
fn the_runtime_role_may_not_be_the_owner() {
    let setup = Setup::empty();
    let owner = setup.database().owner.user.clone();
    let setup = setup.variable("database_user", owner);
    let error = setup.job("migrate", None, &[]).unwrap_err();
    assert!(
        error.contains("must run as a role that owns nothing"),
        "{error}"
    );
}

#[test]
fn arguments_that_are_unknown_are_refused() {
    let setup = Setup::empty();
    let error = setup.job("migrate", None, &["--now"]).unwrap_err();
    assert!(error.contains("--dry-run"), "{error}");
}
