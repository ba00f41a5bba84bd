//! The files of SQL functions: they are applied whenever they have changed, in their order, while components run.

use tests::{Folder, Setup};

const TIMES: &str = "functions/times.sql";

/// A file's versions in the order in which they were applied, and whether each is the current one.
fn versions(setup: &Setup, file: &str) -> Vec<bool> {
    let query =
        "SELECT is_current FROM shell.function_files WHERE file = $1::text ORDER BY applied_at";
    let rows = setup
        .database()
        .as_superuser()
        .query(query, &[&file])
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_changed_one_is_applied_again_and_alone() {
    let setup = Setup::empty();
    let first = setup.job("migrate", None, &[]).unwrap();
    assert!(first.contains("applied functions/times.sql"), "{first}");
    let place = |file: &str| first.find(file).unwrap();
    assert!(place("V5__") < place("functions/times.sql"), "{first}");
    assert!(
        place("functions/times.sql") < place("functions/roles.sql"),
        "{first}"
    );

    let folder = Folder::copy_of(&setup.environment, "migrations");
    let sql =
        "CREATE OR REPLACE FUNCTION shell.later() RETURNS text LANGUAGE sql RETURN 'later';\n";
    folder.append(TIMES, sql);
    let said = setup.job("migrate", Some(&folder), &["--dry-run"]).unwrap();
    assert_eq!(said.matches("would apply").count(), 1, "{said}");
    assert!(said.contains("would apply functions/times.sql"), "{said}");
    assert_eq!(versions(&setup, "times.sql"), [true]);

    let said = setup.job("migrate", Some(&folder), &[]).unwrap();
    assert_eq!(said.matches("applied").count(), 1, "{said}");
    assert!(said.contains("applied functions/times.sql"), "{said}");
    assert_eq!(versions(&setup, "times.sql"), [false, true]);
    // The HTTP functions can execute a new function at once, if they may.
    let mut runtime = setup.database().as_runtime();
    let later: String = runtime
        .query_one("SELECT shell.later()", &[])
        .unwrap()
        .get(0);
    assert_eq!(later, "later");
    let again = setup.job("migrate", Some(&folder), &[]).unwrap();
    assert!(again.contains("nothing to do"), "{again}");
}

#[test]
fn a_failed_one_leaves_nothing_and_is_named() {
    let setup = Setup::empty();
    setup.job("migrate", None, &[]).unwrap();
    let folder = Folder::copy_of(&setup.environment, "migrations");
    folder.write("V900__good.sql", "CREATE TABLE shell.good ();");
    folder.append(TIMES, "SELECT 1 / 0;\n");
    let error = setup.job("migrate", Some(&folder), &[]).unwrap_err();
    assert!(
        error.contains("functions/times.sql: division by zero"),
        "{error}"
    );
    assert_eq!(versions(&setup, "times.sql"), [true]);
    let query = "SELECT to_regclass('shell.good') IS NULL";
    let mut superuser = setup.database().as_superuser();
    assert!(superuser.query_one(query, &[]).unwrap().get::<_, bool>(0));
}

#[test]
fn an_older_migrate_brings_no_older_function_back() {
    let setup = Setup::empty();
    setup.job("migrate", None, &[]).unwrap();
    let newer = Folder::copy_of(&setup.environment, "migrations");
    newer.append(TIMES, "-- Newer.\n");
    setup.job("migrate", Some(&newer), &[]).unwrap();

    for arguments in [&["--dry-run"][..], &[]] {
        let error = setup.job("migrate", None, arguments).unwrap_err();
        assert!(
            error.contains("functions/times.sql: this is an older version"),
            "{error}"
        );
        assert!(error.contains("add a new comment line"), "{error}");
    }
    assert_eq!(versions(&setup, "times.sql"), [false, true]);

    let wanted = Folder::copy_of(&setup.environment, "migrations");
    wanted.append(TIMES, "-- As before, since the newer one was wrong.\n");
    setup.job("migrate", Some(&wanted), &[]).unwrap();
    assert_eq!(versions(&setup, "times.sql"), [false, false, true]);
}

#[test]
fn what_the_order_gets_wrong_is_named() {
    let setup = Setup::empty();
    let folder = Folder::copy_of(&setup.environment, "migrations");
    let order = folder.read("functions/order.txt");
    let fails = |order: &str, named: &str| {
        folder.write("functions/order.txt", order);
        let error = setup
            .job("migrate", Some(&folder), &["--dry-run"])
            .unwrap_err();
        assert!(error.contains(named), "{error}");
    };
    fails(
        &order.replace("times.sql runtime", ""),
        "functions/times.sql is not in functions/order.txt",
    );
    fails(
        &(order.clone() + "nowhere.sql jobs\n"),
        "functions/order.txt names nowhere.sql, but there is no such file",
    );
    fails(
        &order.replace("times.sql runtime", "times.sql runtimes"),
        "times.sql: \"runtimes\" is not an audience",
    );
}

#[test]
fn a_running_component_is_served_beside_an_overload() {
    let setup = Setup::seeded();
    let folder = Folder::copy_of(&setup.environment, "migrations");
    // Another parameter and another column, as a later version's components would use them.
    folder.append(
        "functions/apps.sql",
        "CREATE OR REPLACE FUNCTION shell.discover_catalogue(p_caller jsonb, p_region text,
           OUT organization_id uuid, OUT refusal text, OUT counter bigint, OUT apps text,
           OUT heartbeat bigint, OUT leases text, OUT region text)
         LANGUAGE sql AS $$ SELECT d.*, p_region FROM shell.discover_catalogue(p_caller) d $$;\n",
    );
    let shell = setup.start();
    shell.get("/v1/apps").by("acme", "alice").send().expect(200);
    let said = shell.setup().job("migrate", Some(&folder), &[]).unwrap();
    assert!(said.contains("applied functions/apps.sql"), "{said}");
    // Callers who have sent no request before, so that the answer comes from PostgreSQL.
    shell
        .get("/v1/apps")
        .by("globex", "carol")
        .send()
        .expect(200);
    shell
        .get("/v1/apps")
        .by("platform", "admin")
        .send()
        .expect(200);
}
