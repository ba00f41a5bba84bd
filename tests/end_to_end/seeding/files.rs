//! Seeding by CSV.

use tests::{Folder, Setup, USERS_HEADER};

const ORGANIZATIONS: &str = "slug,name,plan,domains\n";
const APPS: &str = "slug,name,description,category,api_url,ui_url,status,organizations\n";

/// All rows of all tables, to check whether anything has changed.
pub fn everything(setup: &Setup) -> String {
    let mut database = setup.database().as_superuser();
    [
        "identity_providers",
        "organizations",
        "organization_domains",
        "apps",
        "app_organizations",
        "users",
        "memberships",
        "roles",
        "permissions",
        "role_assignments",
        "resources",
    ]
    .map(|table| {
        let query = format!(
            "SELECT coalesce(json_agg(t ORDER BY t::text), '[]')::text FROM shell.{table} t"
        );
        database.query_one(&query, &[]).unwrap().get::<_, String>(0)
    })
    .join("\n")
}

/// A folder is refused, with `--update` too: every error is reported, and nothing is written.
#[track_caller]
pub fn assert_refused(setup: &Setup, folder: &Folder, errors: &[&str]) {
    let before = everything(setup);
    for arguments in [&[][..], &["--update"][..]] {
        let said = setup.job("seed", Some(folder), arguments).unwrap_err();
        for error in errors.iter().chain(&["nothing was written"]) {
            assert!(said.contains(error), "{error} is not in {said}");
        }
        assert_eq!(everything(setup), before);
    }
}

#[test]
fn twice_changes_nothing() {
    let setup = Setup::seeded();
    let before = everything(&setup);
    for arguments in [&[][..], &["--update"][..]] {
        let said = setup.job("seed", None, arguments).unwrap();
        assert!(
            said.contains("users.csv: 8 rows, 0 added, 0 changed"),
            "{said}"
        );
        assert_eq!(everything(&setup), before);
    }
}

#[test]
fn another_folder_is_served_at_once() {
    let setup = Setup::seeded();
    let folder = Folder::of(
        &setup.environment,
        &[
            (
                "organizations.csv",
                &format!("{ORGANIZATIONS}initech,\"Initech, \"\"Inc\"\"\",free,\n"),
            ),
            (
                "apps.csv",
                &format!(
                    "{APPS}printer,PC LOAD LETTER,,office,https://p.example,https://p.example,available,initech;acme\nmemo,Memos,,office,https://m.example,https://m.example,available,*\n"
                ),
            ),
            (
                "users.csv",
                &format!("{USERS_HEADER}initech,peter,peter@initech.example,Peter,,\n"),
            ),
        ],
    );
    let shell = setup.start();
    shell.setup().job("seed", Some(&folder), &[]).unwrap();
    let initech = shell.get("/v1/apps").by("initech", "peter").send();
    assert_eq!(initech.slugs(), ["memo", "printer"]);
    let platform = shell.get("/v1/apps").by("platform", "svc-drive");
    let acme = platform.header("shell-organization", "acme").send();
    assert_eq!(
        acme.slugs(),
        ["chat", "drive", "hrm", "memo", "printer", "shell"]
    );
}

#[test]
fn all_faults_of_all_files_are_reported_and_nothing_is_written() {
    let setup = Setup::seeded();
    let folder = Folder::of(
        &setup.environment,
        &[
            (
                "organizations.csv",
                &format!(
                    "{ORGANIZATIONS}initech,Initech,free,\nNo Slug,,gold,acme.example\ninitech,Again,pro,acme.example\n"
                ),
            ),
            (
                "apps.csv",
                &format!("{APPS}printer,Printer,,office,ftp://p,https://p.example,open,nobody\n"),
            ),
            (
                "users.csv",
                &format!("{USERS_HEADER}nobody,a,,A,,\ninitech,b,,B,,[1]\n"),
            ),
        ],
    );
    assert_refused(
        &setup,
        &folder,
        &[
            "organizations.csv:3:slug: \"No Slug\", expected a slug",
            "organizations.csv:3:name: \"\", expected 1 to 200 characters",
            "organizations.csv:3:plan: \"gold\", expected free, pro or enterprise",
            "organizations.csv:4:slug: \"initech\" is a duplicate of line 2",
            "organizations.csv:4:domains: acme.example belongs to acme",
            "apps.csv:2:api_url: \"ftp://p\", expected an absolute http",
            "apps.csv:2:status: \"open\", expected available",
            "users.csv:2:organization: no organization \"nobody\"",
            "users.csv:3:attributes: \"[1]\", expected a JSON object",
        ],
    );
}

#[test]
fn existing_rows_change_only_where_that_is_asked_for() {
    let setup = Setup::seeded();
    let folder = Folder::of(
        &setup.environment,
        &[
            (
                "organizations.csv",
                &format!("{ORGANIZATIONS}acme,Acme Two,free,acme.example;new.example\n"),
            ),
            (
                "apps.csv",
                &format!(
                    "{APPS}drive,Drive Two,,storage,https://d.example,https://d.example,maintenance,acme\n"
                ),
            ),
            (
                "users.csv",
                &format!("{USERS_HEADER}acme,alice,alice@new.example,Alice Two,,\n"),
            ),
        ],
    );
    let before = everything(&setup);
    setup.job("seed", Some(&folder), &[]).unwrap();
    assert_eq!(everything(&setup), before);

    let said = setup.job("seed", Some(&folder), &["--update"]).unwrap();
    for file in ["organizations.csv", "apps.csv", "users.csv"] {
        assert!(
            said.contains(&format!("{file}: 1 rows, 0 added, 1 changed")),
            "{said}"
        );
    }
    let mut database = setup.database().as_superuser();
    let query = "SELECT string_agg(domain, ';' ORDER BY domain) FROM shell.organization_domains
        JOIN shell.organizations o ON o.id = organization_id WHERE o.slug = 'acme' AND o.name = 'Acme Two'";
    let domains: String = database.query_one(query, &[]).unwrap().get(0);
    assert_eq!(domains, "acme.example;new.example");
    let query = "SELECT u.email, m.attributes::text FROM shell.users u
        JOIN shell.memberships m ON m.user_id = u.id WHERE u.display_name = 'Alice Two'";
    let row = database.query_one(query, &[]).unwrap();
    assert_eq!(
        (row.get::<_, String>(0), row.get::<_, String>(1)),
        ("alice@new.example".into(), "{}".into())
    );

    let after = everything(&setup);
    setup.job("seed", Some(&folder), &["--update"]).unwrap();
    assert_eq!(everything(&setup), after);
}

#[test]
fn many_users_in_many_organizations() {
    let setup = Setup::seeded();
    let slugs: Vec<_> = (0..100).map(|n| format!("tenant-{n}")).collect();
    let organizations = slugs
        .iter()
        .map(|slug| format!("{slug},{slug},free,\n"))
        .collect::<String>();
    let users = (0..20_000)
        .map(|n| {
            format!(
                "{},user-{n},u{n}@x.example,User {n},,\"{{\"\"n\"\": {n}}}\"\n",
                slugs[n % 100]
            )
        })
        .collect::<String>();
    let folder = Folder::of(
        &setup.environment,
        &[
            (
                "organizations.csv",
                &format!("{ORGANIZATIONS}{organizations}"),
            ),
            ("users.csv", &format!("{USERS_HEADER}{users}")),
        ],
    );
    let said = setup.job("seed", Some(&folder), &[]).unwrap();
    assert!(
        said.contains("users.csv: 20000 rows, 20000 added, 0 changed"),
        "{said}"
    );
    let query = "SELECT count(*) FROM shell.memberships WHERE attributes ? 'n'";
    let count: i64 = setup
        .database()
        .as_superuser()
        .query_one(query, &[])
        .unwrap()
        .get(0);
    assert_eq!(count, 20_000);
}

#[test]
fn what_apps_are_newly_enabled_for_is_said() {
    let setup = Setup::seeded();
    let organizations: String = (0..50).map(|n| format!("tenant-{n},T,free,\n")).collect();
    let drive = "drive,Drive,,,https://d.example,https://d.example,available,*\n";
    let folder = Folder::of(
        &setup.environment,
        &[
            (
                "organizations.csv",
                &format!("{ORGANIZATIONS}{organizations}"),
            ),
            ("apps.csv", &format!("{APPS}{drive}")),
        ],
    );
    // The new organizations and `platform`; acme and globex have it already.
    for enabled in [51, 0] {
        let said = setup.job("seed", Some(&folder), &[]).unwrap();
        let line = format!("apps.csv: 1 rows, 0 added, 0 changed, {enabled} enabled");
        assert!(said.contains(&line), "{said}");
    }
}

#[test]
fn a_folder_without_files_and_unknown_arguments_are_refused() {
    let setup = Setup::seeded();
    let folder = Folder::of(&setup.environment, &[("notes.txt", "")]);
    let error = setup.job("seed", Some(&folder), &[]).unwrap_err();
    assert!(error.contains("no file to seed"), "{error}");
    let error = setup.job("seed", None, &["--force"]).unwrap_err();
    assert!(error.contains("--update"), "{error}");
}

#[test]
fn a_database_that_is_not_migrated_is_refused() {
    let setup = Setup::empty();
    let error = setup.job("seed", None, &[]).unwrap_err();
    assert!(error.contains("run the migrations first"), "{error}");
}

/// Every change locks this row; a run that changes nothing there does not wait for it, and blocks
/// nobody.
#[test]
fn a_run_that_changes_no_app_does_not_lock_the_changes() {
    let setup = Setup::seeded();
    let database = &setup.database().owner.database;
    let mut superuser = setup.database().as_superuser();
    superuser
        .batch_execute(&format!(
            r#"ALTER DATABASE "{database}" SET lock_timeout = '1s'"#
        ))
        .unwrap();
    let folder = Folder::copy_of(&setup.environment, "seed-data");
    folder.append(
        "users.csv",
        "acme,newcomer,newcomer@acme.example,New Comer,,\n",
    );
    let mut changing = superuser.transaction().unwrap();
    let lock = "SELECT FROM shell.changes FOR UPDATE";
    changing.batch_execute(lock).unwrap();
    let said = setup.job("seed", Some(&folder), &[]).unwrap();
    assert!(said.contains("1 added"), "{said}");
    changing.rollback().unwrap();
}

/// PostgreSQL assumes that a table is empty until it has counted its rows: a run straight after a large one must not
/// scan all of them for each row.
#[test]
fn again_straight_after_many_users() {
    let setup = Setup::seeded();
    let database = &setup.database().owner.database;
    setup
        .database()
        .as_superuser()
        .batch_execute(&format!(
            r#"ALTER DATABASE "{database}" SET statement_timeout = '20s';
               ALTER TABLE shell.users SET (autovacuum_enabled = off);
               ALTER TABLE shell.memberships SET (autovacuum_enabled = off)"#
        ))
        .unwrap();
    let rows = (0..15_000).map(|n| format!("acme,many{n},,Many {n},,\n"));
    let users = [USERS_HEADER, &rows.collect::<String>()].concat();
    let folder = Folder::of(&setup.environment, &[("users.csv", &users)]);
    let said = setup.job("seed", Some(&folder), &[]).unwrap();
    assert!(said.contains("15000 added"), "{said}");
    let said = setup.job("seed", Some(&folder), &[]).unwrap();
    assert!(said.contains("0 added"), "{said}");
}
