//! The members that users.csv adds to organizations.

use tests::{Folder, Setup, USERS_HEADER};

use super::files::everything;

#[test]
fn one_person_of_several_organizations_is_one_user() {
    let setup = Setup::seeded();
    let query = "SELECT count(DISTINCT u.id), count(*) FROM shell.users u
        JOIN shell.memberships m ON m.user_id = u.id WHERE u.username = 'admin'";
    let row = setup
        .database()
        .as_superuser()
        .query_one(query, &[])
        .unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1, 3));
}

#[test]
fn a_second_member_with_a_taken_username_is_a_fault() {
    let setup = Setup::seeded();
    let before = everything(&setup);
    let rows = "acme,carl,,Carl,,\nacme,alice,,Alice Two,other,\nglobex,alice,,Alice Two,other,\n";
    let folder = Folder::of(
        &setup.environment,
        &[("users.csv", &format!("{USERS_HEADER}{rows}"))],
    );
    for arguments in [&[][..], &["--update"][..]] {
        let error = setup.job("seed", Some(&folder), arguments).unwrap_err();
        let fault = "users.csv:3:username: \"alice\" of acme belongs to the member with the external_id \"alice\", expected one of no other member";
        assert!(error.contains(fault), "{error}");
        assert!(error.contains("1 error; nothing was written"), "{error}");
        assert_eq!(everything(&setup), before);
    }

    // A user who is known by another name keeps it, unless existing rows are updated.
    let rows =
        "globex,carol-two,carol@globex.example,Carol Carter,carol,\nacme,carol,,Carol,other,\n";
    folder.write("users.csv", &format!("{USERS_HEADER}{rows}"));
    setup.job("seed", Some(&folder), &[]).unwrap();
    let rows = "acme,cleo,carol@globex.example,Carol Carter,carol,\n";
    folder.write("users.csv", &format!("{USERS_HEADER}{rows}"));
    let error = setup.job("seed", Some(&folder), &[]).unwrap_err();
    let fault = "users.csv:2:username: \"carol\" of acme belongs to the member with the external_id \"other\"";
    assert!(error.contains(fault), "{error}");
    setup.job("seed", Some(&folder), &["--update"]).unwrap();
}

#[test]
fn a_username_is_free_for_another_once_its_holder_is_renamed() {
    let setup = Setup::seeded();
    let rows =
        "acme,alice,,Alice Two,other,\nacme,alice-one,alice@acme.example,Alice Archer,alice,\n";
    let folder = Folder::of(
        &setup.environment,
        &[("users.csv", &format!("{USERS_HEADER}{rows}"))],
    );
    let error = setup.job("seed", Some(&folder), &[]).unwrap_err();
    assert!(error.contains("users.csv:2:username: "), "{error}");
    let said = setup.job("seed", Some(&folder), &["--update"]).unwrap();
    assert!(
        said.contains("users.csv: 2 rows, 1 added, 1 changed"),
        "{said}"
    );
    let query = "SELECT string_agg(u.external_id || ' ' || u.username, ', ' ORDER BY u.username)
        FROM shell.users u WHERE u.username LIKE 'alice%'";
    let mut database = setup.database().as_superuser();
    let names: String = database.query_one(query, &[]).unwrap().get(0);
    assert_eq!(names, "other alice, alice alice-one");
    // From here on, all rows exist and no name conflicts.
    for arguments in [&[][..], &["--update"][..]] {
        let said = setup.job("seed", Some(&folder), arguments).unwrap();
        assert!(
            said.contains("users.csv: 2 rows, 0 added, 0 changed"),
            "{said}"
        );
    }
}

#[test]
fn numbers_of_attributes_come_back_as_they_were_sent() {
    let setup = Setup::seeded();
    let folder = Folder::of(&setup.environment, &[]);
    let seed = |attributes: &str| {
        let cell = attributes.replace('"', "\"\"");
        let row = format!("acme,zoe,,Zoe,,\"{cell}\"\n");
        folder.write("users.csv", &format!("{USERS_HEADER}{row}"));
        setup.job("seed", Some(&folder), &["--update"])
    };
    let stored = || -> String {
        let query = "SELECT m.attributes::text FROM shell.memberships m
            JOIN shell.users u ON u.id = m.user_id WHERE u.username = 'zoe'";
        let mut database = setup.database().as_superuser();
        database.query_one(query, &[]).unwrap().get(0)
    };
    for same in [
        r#"{"n": [12345678901234567890123, -18446744073709551617, 1.50, 0.1]}"#,
        r#"{"n": 0.1234567890123456789012345678901234567890}"#,
    ] {
        seed(same).unwrap();
        assert_eq!(stored(), same);
    }
    for (sent, digits) in [("1e300", 301), ("-2.5E-300", 304)] {
        seed(&format!("{{\"n\": {sent}}}")).unwrap();
        assert_eq!(stored().len(), r#"{"n": }"#.len() + digits, "{sent}");
    }

    let before = everything(&setup);
    for (unfit, expected) in [
        (r#"{"n": 1e309}"#, "a number in the range of a double"),
        (
            r#"{"n": 1e-99999999999}"#,
            "at most 1,000 digits when it is written out",
        ),
        (r#"{"n": "\u0000"}"#, "no NUL characters"),
        (r#"{"n": "\ud800"}"#, "a surrogate is not part of a pair"),
        (r#"{"n": 1, "n": 2}"#, "no duplicate names"),
        (r#"{"n": 1e}"#, "a JSON object, or nothing"),
    ] {
        let error = seed(unfit).unwrap_err();
        assert!(error.contains("users.csv:2:attributes: "), "{error}");
        assert!(error.contains(expected), "{error}");
        assert_eq!(everything(&setup), before);
    }
}
