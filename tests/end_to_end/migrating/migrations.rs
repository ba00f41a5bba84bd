//! Invariant 7: migrations can be run again, and concurrently.

use std::{path::PathBuf, thread};

use tests::{
    Folder, Setup,
    audit::{append, event},
};

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
    i64::try_from(versioned().len()).unwrap()
}

/// The project's own files with a version number, in order.
fn versioned() -> Vec<PathBuf> {
    let folder = xtask::workspace::root().join("migrations");
    let paths = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let number = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        let (number, _) = name.strip_prefix('V')?.split_once("__")?;
        number.parse::<u32>().ok()
    };
    let mut paths: Vec<_> = paths.filter(|path| number(path).is_some()).collect();
    paths.sort_by_key(number);
    paths
}

#[test]
fn once_and_again() {
    let setup = Setup::empty();
    let first = setup.job("migrate", None, &[]).unwrap();
    assert!(first.contains("applied V1__tenants.sql"), "{first}");
    assert_eq!(applied(&setup), (files(), files()));
    let again = setup.job("migrate", None, &[]).unwrap();
    assert!(again.contains("nothing to do"), "{again}");
    assert_eq!(applied(&setup), (files(), files()));
}

#[test]
fn four_at_once_all_end_well_with_what_cannot_be_run_twice() {
    for _ in 0..3 {
        let setup = Setup::empty();
        let folder = Folder::copy_of(&setup.environment, "migrations");
        folder.write("V900__once.sql", "CREATE TABLE shell.once ();");
        thread::scope(|scope| {
            let runs = [(); 4].map(|()| scope.spawn(|| setup.job("migrate", Some(&folder), &[])));
            let said = runs.map(|run| run.join().unwrap().unwrap());
            let applied = said
                .iter()
                .filter(|said| said.contains("applied V900__once.sql"));
            assert_eq!(applied.count(), 1, "{said:?}");
        });
        assert_eq!(applied(&setup), (files() + 1, files() + 1));

        folder.write("V901__once_more.sql", "CREATE TABLE shell.once_more ();");
        thread::scope(|scope| {
            let runs = [(); 4].map(|()| scope.spawn(|| setup.job("migrate", Some(&folder), &[])));
            for run in runs {
                run.join().unwrap().unwrap();
            }
        });
        assert_eq!(applied(&setup), (files() + 2, files() + 2));
    }
}

#[test]
fn the_files_texts_can_be_run_again() {
    let setup = Setup::seeded();
    let mut owner = setup.database().as_owner();
    for path in versioned() {
        let text = std::fs::read_to_string(&path).unwrap();
        owner
            .batch_execute(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

#[test]
fn two_files_with_one_number_are_refused_before_anything_runs() {
    let setup = Setup::empty();
    let folder = Folder::copy_of(&setup.environment, "migrations");
    folder.write("V900__one.sql", "SELECT 1;");
    folder.write("V900__other.sql", "SELECT 2;");
    for arguments in [&["--dry-run"][..], &[]] {
        let error = setup.job("migrate", Some(&folder), arguments).unwrap_err();
        assert!(
            error.contains("V900__one.sql and V900__other.sql: have the same number"),
            "{error}"
        );
    }
}

#[test]
fn a_checkout_with_carriage_returns_is_no_change() {
    let setup = Setup::empty();
    setup.job("migrate", None, &[]).unwrap();
    let folder = Folder::copy_of(&setup.environment, "migrations");
    for name in [
        "V1__tenants.sql",
        "functions/times.sql",
        "functions/order.txt",
    ] {
        folder.write(name, &folder.read(name).replace('\n', "\r\n"));
    }
    let said = setup.job("migrate", Some(&folder), &[]).unwrap();
    assert!(said.contains("nothing to do"), "{said}");
}

#[test]
fn a_database_older_than_the_baseline_is_told_what_to_do() {
    let setup = Setup::empty();
    let history = "CREATE SCHEMA shell;
        CREATE TABLE shell.refinery_schema_history (version int4 PRIMARY KEY, name varchar(255),
          applied_on varchar(255), checksum varchar(255));
        INSERT INTO shell.refinery_schema_history
        VALUES (1, 'organizations', '2026-11-01T00:00:00Z', '1')";
    setup.database().as_owner().batch_execute(history).unwrap();
    for arguments in [&["--dry-run"][..], &[]] {
        let error = setup.job("migrate", None, arguments).unwrap_err();
        assert!(error.contains("DROP SCHEMA shell CASCADE"), "{error}");
    }
    setup
        .database()
        .as_owner()
        .batch_execute("DROP SCHEMA shell CASCADE")
        .unwrap();
    setup.job("migrate", None, &[]).unwrap();
    assert_eq!(applied(&setup), (files(), files()));
}

#[test]
fn a_dry_run_says_what_would_run_and_writes_nothing() {
    let setup = Setup::empty();
    let said = setup.job("migrate", None, &["--dry-run"]).unwrap();
    assert!(said.contains("would apply V1__tenants.sql"), "{said}");
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
    assert!(
        !said.contains("V1__") && !said.contains("functions/"),
        "{said}"
    );
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
    changed.write("V2__changes.sql", "SELECT 1;");
    let error = setup.job("migrate", Some(&changed), &[]).unwrap_err();
    assert!(
        error.contains("V2__changes.sql: has changed since it was applied"),
        "{error}"
    );

    let missing = Folder::copy_of(&setup.environment, "migrations");
    missing.remove("V2__changes.sql");
    let error = setup.job("migrate", Some(&missing), &[]).unwrap_err();
    assert!(
        error.contains("V2__changes.sql: was applied, but is missing from the folder"),
        "{error}"
    );

    let late = Folder::copy_of(&setup.environment, "migrations");
    late.write("V0__late.sql", "SELECT 1;");
    let error = setup.job("migrate", Some(&late), &[]).unwrap_err();
    assert!(
        error.contains("V0__late.sql: later migrations are already applied"),
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
    // A request locks organizations when it enters; a lock on audit_log is held, for example, by a dump.
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
fn arguments_that_are_unknown_are_refused() {
    let setup = Setup::empty();
    let error = setup.job("migrate", None, &["--now"]).unwrap_err();
    assert!(error.contains("--dry-run"), "{error}");
}
