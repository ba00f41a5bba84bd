//! The protection of a Shell's data from other Shells on the server, and from roles that may create objects.

use postgres::{Client, types::ToSql};
use tests::{Folder, Setup, TestDatabase, audit};

/// The rights of all roles except the owner and the database's own group in the schema, as
/// `<role> <object>`.
fn strangers(database: &TestDatabase) -> Vec<String> {
    let query =
        "SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END
          || ' ' || object
        FROM shell.rights_held()
        WHERE pg_get_userbyid(grantee) NOT IN ($1::text, $2::text) ORDER BY 1";
    let mut superuser = database.as_superuser();
    let rows = superuser
        .query(query, &[&database.group(), &database.owner.user])
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn is_allowed(client: &mut Client, statement: &str) -> bool {
    client.query(statement, &[]).is_ok()
}

#[test]
fn one_shells_role_cannot_connect_to_anothers_database() {
    let [one, other] = [Setup::seeded(), Setup::empty()];
    other.job("migrate", None, &[]).unwrap();
    for (from, to) in [(&one, &other), (&other, &one)] {
        let there = from
            .database()
            .runtime_itself()
            .with_database(&to.database().owner.database);
        let error = format!("{:#}", there.connect().err().expect("no connection"));
        assert!(!error.is_empty());
        from.database().as_runtime();
    }
}

#[test]
fn the_role_may_execute_what_is_for_requests_and_nothing_else() {
    let setup = Setup::seeded();
    let mut runtime = setup.database().as_runtime();
    assert!(is_allowed(&mut runtime, "SELECT shell.is_platform()"));
    assert!(is_allowed(&mut runtime, "SELECT count(*) FROM shell.apps"));
    for denied in [
        "SELECT shell.make_audit_partitions()",
        "SELECT shell.give_rights('{}')",
        "SELECT shell.set_runtime_password('x', 'x')",
        "SELECT shell.purge_audit_ids(1)",
        "SELECT count(*) FROM shell.function_files",
        "UPDATE shell.organizations SET slug = 'other'",
        "DELETE FROM shell.audit_log",
    ] {
        assert!(!is_allowed(&mut runtime, denied), "{denied}");
    }
    assert_eq!(strangers(setup.database()), Vec::<String>::new());
}

#[test]
fn what_other_shells_hold_in_the_schema_is_taken_and_what_the_group_lacks_is_given() {
    let setup = Setup::seeded();
    let database = setup.database();
    let group = database.group();
    let (_, suffix) = database.owner.database.split_at(20);
    let reader = format!("shell_runtime_{suffix}");
    let statements = format!(
        "CREATE ROLE {reader};
         GRANT USAGE ON SCHEMA shell TO {reader};
         GRANT SELECT ON shell.users TO {reader} WITH GRANT OPTION;
         GRANT UPDATE (name) ON shell.organizations TO {reader};
         GRANT EXECUTE ON FUNCTION shell.is_platform() TO PUBLIC;
         GRANT USAGE ON TYPE shell.slug TO {reader};
         GRANT SELECT ON shell.function_files TO {group};
         REVOKE SELECT ON shell.apps FROM {group}"
    );
    database.as_superuser().batch_execute(&statements).unwrap();
    assert!(!strangers(database).is_empty());

    let said = setup.job("migrate", None, &[]).unwrap();
    assert!(
        said.contains(&format!("took from {reader} what it held")),
        "{said}"
    );
    assert!(
        said.contains(&format!("gave \"{group}\" its rights")),
        "{said}"
    );
    assert_eq!(strangers(database), Vec::<String>::new());
    let mut runtime = database.as_runtime();
    assert!(is_allowed(&mut runtime, "SELECT count(*) FROM shell.apps"));
    let of_files = "SELECT count(*) FROM shell.function_files";
    assert!(!is_allowed(&mut runtime, of_files));
    // A role that an administrator allowed to read keeps this right.
    let backup = format!("backup_{suffix}");
    let grant = format!("CREATE ROLE {backup}; GRANT SELECT ON shell.users TO {backup}");
    database.as_superuser().batch_execute(&grant).unwrap();
    let said = setup.job("migrate", None, &[]).unwrap();
    assert!(said.contains("nothing to do"), "{said}");
    let may = "SELECT has_table_privilege($1::text, 'shell.users', 'SELECT')";
    let row = database.as_superuser().query_one(may, &[&backup]).unwrap();
    assert!(row.get::<_, bool>(0));
    let drop = format!("DROP OWNED BY {backup}; DROP ROLE {backup}, {reader}");
    database.as_superuser().batch_execute(&drop).unwrap();
}

#[test]
fn a_copy_of_a_database_is_not_the_other_shells() {
    let original = Setup::seeded();
    let copy = TestDatabase::copy_of(&original.environment, original.database());
    let copy = Setup::on(original.environment.clone(), copy);
    assert!(!strangers(copy.database()).is_empty());
    let said = copy.job("migrate", None, &[]).unwrap();
    let group = original.database().group();
    assert!(
        said.contains(&format!("took from {group} what it held")),
        "{said}"
    );
    assert_eq!(strangers(copy.database()), Vec::<String>::new());
    copy.start()
        .get("/v1/apps")
        .by("acme", "alice")
        .send()
        .expect(200);
}

#[test]
fn each_long_name_of_a_database_has_a_group_of_its_own() {
    let setup = Setup::seeded();
    let name = &setup.database().owner.database;
    let mut superuser = setup.environment.superuser.connect().unwrap();
    let groups = ["a", "b"].map(|end| {
        let long = format!("{name}_{}{end}", "x".repeat(32));
        let create = format!("CREATE DATABASE {long} TEMPLATE {name}");
        superuser.batch_execute(&create).unwrap();
        let mut there = setup
            .environment
            .superuser
            .with_database(&long)
            .connect()
            .unwrap();
        let group: String = there
            .query_one("SELECT shell.runtime_role()", &[])
            .unwrap()
            .get(0);
        superuser
            .batch_execute(&format!("DROP DATABASE {long} WITH (FORCE)"))
            .unwrap();
        group
    });
    assert_ne!(groups[0], groups[1]);
    for group in groups {
        assert!(
            group.starts_with("shell_runtime_test_") && group.len() == 63,
            "{group}"
        );
    }
}

/// Creates objects in `public` that a statement with the usual search path would use; they record the role.
fn plant(database: &TestDatabase, slugs: bool) {
    let mut superuser = database.as_superuser();
    let caught = "CREATE TABLE public.caught (who name DEFAULT current_user);
        GRANT INSERT ON public.caught TO PUBLIC;
        GRANT USAGE ON SCHEMA public TO PUBLIC;
        CREATE FUNCTION public.array_agg(text) RETURNS text[] LANGUAGE sql
          AS 'INSERT INTO public.caught DEFAULT VALUES; SELECT ARRAY[$1]';
        CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE sql
          AS 'INSERT INTO public.caught DEFAULT VALUES; SELECT pg_catalog.unnest($1)';
        CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE sql
          AS 'INSERT INTO public.caught DEFAULT VALUES; SELECT pg_catalog.format($1, VARIADIC ARRAY[$2])'";
    superuser.batch_execute(caught).unwrap();
    let mut pairs = vec![
        ("varchar", "varchar"),
        ("varchar", "text"),
        ("name", "varchar"),
    ];
    if slugs {
        pairs.extend([
            ("shell.slug", "shell.slug"),
            ("shell.slug", "text"),
            ("text", "shell.slug"),
        ]);
    }
    for (left, right) in pairs {
        let operator = format!(
            "CREATE FUNCTION public.same({left}, {right}) RETURNS boolean LANGUAGE sql AS
               'INSERT INTO public.caught DEFAULT VALUES; SELECT $1::text OPERATOR(pg_catalog.=) $2::text';
             CREATE OPERATOR public.= (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = public.same)"
        );
        superuser.batch_execute(&operator).unwrap();
    }
}

/// Which of the Shell's two roles ran one of them; the tests' superuser does, too.
fn caught(database: &TestDatabase) -> Vec<String> {
    let query =
        "SELECT DISTINCT who::text FROM public.caught WHERE who::text IN ($1::text, $2::text)";
    let roles: [&(dyn ToSql + Sync); 2] = [&database.owner.user, &database.runtime.user];
    let rows = database.as_superuser().query(query, &roles).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn what_is_planted_in_public_is_run_by_no_job_and_no_request() {
    let setup = Setup::empty();
    plant(setup.database(), false);
    setup.job("migrate", None, &[]).unwrap();
    assert_eq!(caught(setup.database()), Vec::<String>::new());

    let setup = Setup::seeded();
    plant(setup.database(), true);
    let folder = Folder::copy_of(&setup.environment, "migrations");
    folder.write(
        "V900__later.sql",
        "UPDATE shell.apps SET name = name WHERE slug = 'drive';",
    );
    folder.append("functions/times.sql", "-- Later.\n");
    setup.job("migrate", Some(&folder), &["--dry-run"]).unwrap();
    setup.job("migrate", Some(&folder), &[]).unwrap();
    setup.job("migrate", Some(&folder), &[]).unwrap();
    setup.job("seed", None, &["--update"]).unwrap();
    setup.job("maintain", None, &[]).unwrap();
    assert_eq!(caught(setup.database()), Vec::<String>::new());

    let shell = setup.start();
    shell.get("/v1/apps").by("acme", "alice").send().expect(200);
    shell
        .platform("GET", "/v1/organizations/acme")
        .send()
        .expect(200);
    shell
        .platform("PUT", "/v1/apps/drive/organizations/acme")
        .send();
    audit::append(&shell, &audit::event()).expect(201);
    assert_eq!(caught(shell.database()), Vec::<String>::new());

    // The objects do catch a role whose search path has `public`.
    let mut owner = shell.database().as_owner();
    owner
        .query("SELECT FROM shell.apps WHERE slug = 'drive'", &[])
        .unwrap();
    assert_eq!(
        caught(shell.database()),
        [shell.database().owner.user.clone()]
    );
}
