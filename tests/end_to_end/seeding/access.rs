//! Roles, permissions, assignments and resources by CSV.

use tests::{Folder, Setup, USERS_HEADER};

use super::files::{assert_refused, everything};

const ROLES: &str = "organization,role,name,description,inherits\n";
const PERMISSIONS: &str = "organization,role,resource_type,resource_id,action,effect,condition\n";
const ASSIGNMENTS: &str = "organization,username,role,valid_until\n";
const RESOURCES: &str = "organization,type,id,properties\n";

fn changes(setup: &Setup) -> i64 {
    let query = "SELECT counter FROM shell.changes";
    let mut database = setup.database().as_superuser();
    database.query_one(query, &[]).unwrap().get(0)
}

fn texts(setup: &Setup, query: &str) -> Vec<String> {
    let rows = setup.database().as_superuser().query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn all_faults_are_reported_and_nothing_is_written() {
    let setup = Setup::seeded();
    let long = "x".repeat(1_025);
    let folder = Folder::of(
        &setup.environment,
        &[
            (
                "roles.csv",
                &format!(
                    "{ROLES}acme,admin,A,,\n,viewer,V,,\nacme,one,O,,two\nacme,two,T,,one\nglobex,writer,W,,auditor\n"
                ),
            ),
            (
                "permissions.csv",
                &format!(
                    "{PERMISSIONS}acme,admin,doc,*,read,allow,\nacme,one,*,42,read,perhaps,{long}\n,editor,doc,*,read,allow,\n"
                ),
            ),
            (
                "role_assignments.csv",
                &format!(
                    "{ASSIGNMENTS}nobody,alice,editor,\nacme,alice,auditor,\nacme,bob,admin,soon\n"
                ),
            ),
            (
                "resources.csv",
                &format!("{RESOURCES}acme,doc,1,[]\nacme,doc,1,\n"),
            ),
        ],
    );
    assert_refused(
        &setup,
        &folder,
        &[
            "roles.csv:2:role: \"admin\" is already a global role",
            "roles.csv:3:role: \"viewer\" is already a role of ",
            "roles.csv:4:inherits: a cycle of inheritance, one > two > one of acme",
            "roles.csv:6:inherits: no role \"auditor\"",
            "permissions.csv:3:resource_id: ",
            "permissions.csv:3:effect: \"perhaps\", expected allow or deny",
            "permissions.csv:3:condition: \"xxx",
            "a condition may have at most 1024 bytes",
            "permissions.csv:4:role: no global role \"editor\"",
            "role_assignments.csv:2:organization: no organization \"nobody\"",
            "role_assignments.csv:3:role: no role \"auditor\" of acme",
            "role_assignments.csv:4:valid_until: \"soon\", expected a time in RFC 3339 format",
            "resources.csv:2:properties: \"[]\", expected a JSON object",
            "resources.csv:3:id: \"1\" of doc of acme is a duplicate of line 2",
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
                "roles.csv",
                &format!("{ROLES},admin,Root,,\nacme,editor,Writer,,\n"),
            ),
            (
                "permissions.csv",
                &format!(
                    "{PERMISSIONS},admin,*,*,*,allow,has(context.ip)\nacme,viewer,document,*,read,deny,\n"
                ),
            ),
            (
                "role_assignments.csv",
                &format!("{ASSIGNMENTS}acme,alice,editor,2030-01-31T14:00:00+02:00\n"),
            ),
            (
                "resources.csv",
                &format!(
                    "{RESOURCES}acme,document,handbook,\"{{\"\"pages\"\": 12345678901234567890}}\"\n"
                ),
            ),
        ],
    );
    // A permission that differs in any column is another one.
    let permissions = folder.read("permissions.csv");
    folder.remove("permissions.csv");
    let (before, counter) = (everything(&setup), changes(&setup));
    setup.job("seed", Some(&folder), &[]).unwrap();
    assert_eq!((everything(&setup), changes(&setup)), (before, counter));

    folder.write("permissions.csv", &permissions);
    let said = setup.job("seed", Some(&folder), &["--update"]).unwrap();
    for line in [
        "roles.csv: 2 rows, 0 added, 2 changed",
        "permissions.csv: 2 rows, 0 added, 2 changed",
        "role_assignments.csv: 1 rows, 0 added, 1 changed",
        "resources.csv: 1 rows, 0 added, 1 changed",
    ] {
        assert!(said.contains(line), "{said}");
    }
    // One for each file.
    assert_eq!(changes(&setup), counter + 4);
    let query = "SELECT concat_ws(' ', r.slug, r.name, r.inherits::text, p.effect, p.condition)
        FROM shell.roles r JOIN shell.permissions p ON (p.organization_id, p.role) = (r.organization_id, r.slug)
        WHERE p.number = 1 AND (r.is_global OR r.name = 'Writer') AND p.action IN ('*', 'write') ORDER BY 1";
    assert_eq!(
        texts(&setup, query),
        [
            "admin Root {} allow has(context.ip)",
            "editor Writer {} allow"
        ]
    );
    let query = "SELECT shell.rfc3339(valid_until) FROM shell.role_assignments
        WHERE subject = 'alice' AND role = 'editor'";
    assert_eq!(texts(&setup, query), ["2030-01-31T12:00:00.000000Z"]);
    let query = "SELECT properties::text FROM shell.resources WHERE id = 'handbook'";
    assert_eq!(texts(&setup, query), [r#"{"pages": 12345678901234567890}"#]);

    let after = (everything(&setup), changes(&setup));
    setup.job("seed", Some(&folder), &["--update"]).unwrap();
    assert_eq!((everything(&setup), changes(&setup)), after);
}

#[test]
fn lines_about_the_same_are_kept_beside_each_other() {
    let setup = Setup::seeded();
    let first =
        "acme,viewer,note,*,read,allow,context.a\nacme,viewer,note,*,read,allow,context.b\n";
    let folder = Folder::of(
        &setup.environment,
        &[("permissions.csv", &format!("{PERMISSIONS}{first}"))],
    );
    let said = setup.job("seed", Some(&folder), &[]).unwrap();
    assert!(
        said.contains("permissions.csv: 2 rows, 2 added, 0 changed"),
        "{said}"
    );
    let second =
        "acme,viewer,note,*,read,allow,context.a\nacme,viewer,note,*,read,deny,context.c\n";
    folder.write("permissions.csv", &format!("{PERMISSIONS}{second}"));
    let said = setup.job("seed", Some(&folder), &["--update"]).unwrap();
    assert!(
        said.contains("permissions.csv: 2 rows, 0 added, 1 changed"),
        "{said}"
    );
    let query = "SELECT effect || ' ' || condition FROM shell.permissions
        WHERE resource_type = 'note' ORDER BY number";
    assert_eq!(texts(&setup, query), ["allow context.a", "deny context.c"]);
}

/// A missing denial would let somebody in.
#[test]
fn a_line_that_does_not_stand_is_added_whatever_stands_beside_it() {
    let setup = Setup::seeded();
    let seed = |lines: &[&str], arguments: &[&str]| {
        let rows: String = lines
            .iter()
            .map(|line| format!("acme,viewer,note,*,read,{line}\n"))
            .collect();
        let file = format!("{PERMISSIONS}{rows}");
        let folder = Folder::of(&setup.environment, &[("permissions.csv", &file)]);
        setup.job("seed", Some(&folder), arguments).unwrap()
    };
    let stands = || {
        let query = "SELECT concat(effect, ' ', condition) FROM shell.permissions
            WHERE resource_type = 'note' ORDER BY number";
        texts(&setup, query)
    };
    seed(&["allow,context.a", "allow,context.b"], &[]);
    let between = ["allow,context.a", "deny,context.c", "allow,context.b"];
    assert!(seed(&between, &[]).contains("3 rows, 1 added, 0 changed"));
    assert_eq!(
        stands(),
        ["allow context.a", "allow context.b", "deny context.c"]
    );
    assert!(seed(&["deny,"], &[]).contains("1 rows, 1 added, 0 changed"));
    assert!(seed(&["deny,", "allow,context.b"], &[]).contains("2 rows, 0 added, 0 changed"));
    assert_eq!(
        stands(),
        [
            "allow context.a",
            "allow context.b",
            "deny context.c",
            "deny "
        ]
    );
}

/// A username is that of a member; otherwise it is an external_id.
#[test]
fn assignments_are_held_by_external_id() {
    let setup = Setup::seeded();
    let users =
        format!("{USERS_HEADER}acme,dora,,Dora,id-of-dora,\nglobex,emil,,Emil,id-of-emil,\n");
    let assignments =
        "acme,dora,viewer,\nacme,emil,viewer,\nacme,svc-new,admin,\nglobex,emil,admin,\n";
    let folder = Folder::of(
        &setup.environment,
        &[
            ("users.csv", &users),
            (
                "role_assignments.csv",
                &format!("{ASSIGNMENTS}{assignments}"),
            ),
        ],
    );
    for added in [4, 0] {
        let said = setup.job("seed", Some(&folder), &["--update"]).unwrap();
        let line = format!("role_assignments.csv: 4 rows, {added} added, 0 changed");
        assert!(said.contains(&line), "{said}");
    }
    let query = "SELECT concat_ws(' ', o.slug, a.subject, a.role, r.is_global::text)
        FROM shell.role_assignments a JOIN shell.organizations o ON o.id = a.organization_id
        JOIN shell.roles r ON (r.organization_id, r.slug) = (a.role_organization_id, a.role)
        WHERE a.subject ~ 'emil|dora|svc-new' ORDER BY 1";
    assert_eq!(
        texts(&setup, query),
        [
            "acme emil viewer false",
            "acme id-of-dora viewer false",
            "acme svc-new admin true",
            "globex id-of-emil admin true"
        ]
    );
}
