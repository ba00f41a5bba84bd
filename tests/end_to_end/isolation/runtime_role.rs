//! The role of the HTTP functions: which roles are accepted, that it can log in, and the messages for an administrator
//! if the owner lacks rights.

use tests::{Setup, TestDatabase};

/// Runs these statements as a superuser; `ROLE` in them stands for a role of this test.
fn administer(database: &TestDatabase, statements: &str) {
    let statements = statements.replace("ROLE_", &format!("{}_", database.owner.database));
    database.as_superuser().batch_execute(&statements).unwrap();
}

/// The statements that the message tells an administrator to run.
fn advised(said: &str) -> String {
    let lines = said
        .lines()
        .filter_map(|line| line.split_once("dministrator runs: "));
    lines
        .map(|(_, statements)| statements)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn one_that_could_get_around_the_walls_is_refused() {
    let setup = Setup::seeded();
    let database = setup.database();
    let name = &database.owner.database;
    let owner = &database.owner.user;
    let cases = [
        ("SUPERUSER", String::new(), "has SUPERUSER"),
        ("BYPASSRLS", String::new(), "has BYPASSRLS"),
        ("CREATEROLE", String::new(), "has CREATEROLE"),
        ("REPLICATION", String::new(), "has REPLICATION"),
        ("", format!("CREATE ROLE ROLE_between; GRANT {owner} TO ROLE_between; GRANT ROLE_between TO ROLE_user;"),
            "it is a member of \"shell_owner\", which"),
        ("NOINHERIT", "CREATE ROLE ROLE_between BYPASSRLS; GRANT ROLE_between TO ROLE_user;".to_owned(), "_between\", which has BYPASSRLS"),
        ("", "GRANT pg_read_all_data TO ROLE_user;".to_owned(), "\"pg_read_all_data\", which can access more than"),
        ("", "CREATE ROLE ROLE_between; GRANT pg_execute_server_program TO ROLE_between; GRANT ROLE_between TO ROLE_user;".to_owned(),
            "\"pg_execute_server_program\", which"),
    ];
    for (attributes, memberships, danger) in cases {
        administer(
            database,
            &format!("CREATE ROLE ROLE_user LOGIN {attributes}; {memberships}"),
        );
        let user = format!("{name}_user");
        let error = setup
            .job_with("migrate", &[("database_user", &user)])
            .unwrap_err();
        assert!(
            error.contains(&format!("role \"{user}\" must not serve requests")),
            "{error}"
        );
        assert!(error.contains(danger), "{error}");
        administer(
            database,
            "DROP ROLE ROLE_user; DROP ROLE IF EXISTS ROLE_between",
        );
    }
    let error = setup
        .job_with("migrate", &[("database_user", owner)])
        .unwrap_err();
    assert!(
        error.contains("must run as a role that owns nothing"),
        "{error}"
    );
    let error = setup
        .job_with("migrate", &[("database_user", &database.group())])
        .unwrap_err();
    assert!(error.contains("the group itself"), "{error}");
}

#[test]
fn one_that_serves_another_database_is_refused_and_says_how_to_end_that() {
    let [one, other] = [Setup::seeded(), Setup::seeded()];
    let user = one.database().runtime.user.clone();
    let error = other
        .job_with("migrate", &[("database_user", &user)])
        .unwrap_err();
    assert!(
        error.contains("which can access the data of another Shell"),
        "{error}"
    );
    assert!(error.contains(&one.database().group()), "{error}");
    assert!(error.contains("give database_user another name"), "{error}");
    one.database()
        .as_superuser()
        .batch_execute(&advised(&error))
        .unwrap();
    other
        .job_with("migrate", &[("database_user", &user)])
        .unwrap();
    // Revoked again, so that the role can be dropped with its database.
    let back = format!("REVOKE {} FROM {user}", other.database().group());
    other
        .database()
        .as_superuser()
        .batch_execute(&back)
        .unwrap();
}

#[test]
fn a_changed_password_is_set_and_tried() {
    let setup = Setup::seeded();
    let user = setup.database().runtime.user.clone();
    let setup = setup.variable("database_password", "an%20other");
    let said = setup.job("migrate", None, &[]).unwrap();
    assert!(
        said.contains(&format!("set the password of role \"{user}\"")),
        "{said}"
    );
    let mut there = setup.database().runtime_itself();
    assert!(there.connect().is_err());
    there.password = "an%20other".to_owned();
    there.connect().unwrap();
    let said = setup.job("migrate", None, &[]).unwrap();
    assert!(said.contains("nothing to do"), "{said}");
    setup
        .start()
        .get("/v1/apps")
        .by("acme", "alice")
        .send()
        .expect(200);
}

#[test]
fn one_that_cannot_log_in_is_named() {
    let setup = Setup::seeded();
    let user = setup.database().runtime.user.clone();
    administer(setup.database(), &format!("ALTER ROLE {user} NOLOGIN"));
    let error = setup.job("migrate", None, &[]).unwrap_err();
    assert!(
        error.contains(&format!("role \"{user}\" cannot log in"))
            && error.contains("login refused"),
        "{error}"
    );
    // A password would be no help here.
    assert!(!error.contains("set the password"), "{error}");
}

#[test]
fn an_owner_that_may_not_create_roles_says_what_an_administrator_runs() {
    let setup = Setup::empty();
    let database = setup.database();
    let name = database.owner.database.clone();
    let password = setup.environment.runtime.password.clone();
    administer(
        database,
        &format!(
            "CREATE ROLE ROLE_owner LOGIN PASSWORD 'owner'; ALTER DATABASE {name} OWNER TO ROLE_owner"
        ),
    );
    let owner = format!("{name}_owner");
    let as_owner = [
        ("migration_database_user", owner.as_str()),
        ("migration_database_password", "owner"),
    ];
    let mut told = Vec::new();
    let said = loop {
        assert!(told.len() < 4, "{told:?}");
        match setup.job_with("migrate", &as_owner) {
            Ok(said) => break said,
            Err(error) => {
                let statements = advised(&error).replace('…', &password);
                assert!(!statements.is_empty(), "{error}");
                database.as_superuser().batch_execute(&statements).unwrap();
                told.push(statements);
            }
        }
    };
    assert!(
        told[0].contains(&format!("CREATE ROLE {} NOLOGIN", database.group())),
        "{told:?}"
    );
    assert!(
        told[1].contains(&format!("CREATE ROLE {} LOGIN", database.runtime.user)),
        "{told:?}"
    );
    assert_eq!(told.len(), 2, "{said}");
    assert!(
        setup
            .job_with("migrate", &as_owner)
            .unwrap()
            .contains("nothing to do")
    );

    // It may not set a password either.
    let mut variables = as_owner.to_vec();
    variables.push(("database_password", "another"));
    let error = setup.job_with("migrate", &variables).unwrap_err();
    assert!(
        error.contains(&format!("role \"{}\" cannot log in", database.runtime.user)),
        "{error}"
    );
    database
        .as_superuser()
        .batch_execute(&advised(&error).replace('…', "another"))
        .unwrap();
    setup.job_with("migrate", &variables).unwrap();
    administer(
        database,
        &format!(
            "DROP OWNED BY ROLE_owner CASCADE; ALTER DATABASE {name} OWNER TO CURRENT_USER; DROP ROLE ROLE_owner"
        ),
    );
}

#[test]
fn an_owner_that_does_not_own_the_database_says_who_may_connect_and_goes_on() {
    let setup = Setup::empty();
    let database = setup.database();
    let (name, owner) = (&database.owner.database, &database.owner.user);
    administer(
        database,
        &format!(
            "ALTER DATABASE {name} OWNER TO CURRENT_USER; GRANT CREATE ON DATABASE {name} TO {owner}"
        ),
    );
    for _ in 0..2 {
        let said = setup.job("migrate", None, &[]).unwrap();
        let statements = advised(&said);
        assert!(
            statements.contains(&format!(
                "GRANT CONNECT ON DATABASE {name} TO {}",
                database.group()
            )),
            "{said}"
        );
        assert!(
            statements.contains(&format!("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")),
            "{said}"
        );
    }
    let said = setup.job("migrate", None, &[]).unwrap();
    database
        .as_superuser()
        .batch_execute(&advised(&said))
        .unwrap();
    let said = setup.job("migrate", None, &[]).unwrap();
    assert!(
        said.contains("nothing to do") && advised(&said).is_empty(),
        "{said}"
    );
    database.as_runtime();
}
