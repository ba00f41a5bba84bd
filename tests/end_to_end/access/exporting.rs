//! An exported policy: the decisions of other Casbins, what the files cannot express, and what is refused.

mod deciding;
/// The names that the job refuses; the job's program has no library.
#[path = "../../../functions/export-policy/src/names.rs"]
mod names;

use tests::{Folder, Setup};

/// Adds rows of CSV files to the seed data's.
fn seed(setup: &Setup, files: &[(&str, &str)]) {
    let header = |name: &str| match name {
        "roles.csv" => "organization,role,name,description,inherits\n",
        "permissions.csv" => {
            "organization,role,resource_type,resource_id,action,effect,condition\n"
        }
        "role_assignments.csv" => "organization,username,role,valid_until\n",
        "resources.csv" => "organization,type,id,properties\n",
        _ => panic!("{name}"),
    };
    let files: Vec<_> = files
        .iter()
        .map(|(name, rows)| (*name, format!("{}{rows}", header(name))))
        .collect();
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let folder = Folder::of(&setup.environment, &files);
    setup.job("seed", Some(&folder), &[]).unwrap();
}

/// The exported lines, and the job's messages.
#[track_caller]
fn exported(setup: &Setup, organization: &str) -> (Vec<String>, String) {
    let (policy, said) = setup.export(organization);
    let Some(policy) = policy else {
        panic!("{said}");
    };
    let lines = policy.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.filter(|line| !line.is_empty()).map(str::to_owned);
    (lines.collect(), said)
}

#[test]
fn the_seed_data_is_what_is_exported() {
    let setup = Setup::seeded();
    let (lines, said) = exported(&setup, "acme");
    assert_eq!(
        lines,
        [
            "p, role:editor, document, *, write, allow",
            "p, role:editor, document, *, write, deny",
            "p, role:viewer, document, *, read, allow",
            "p, role:admin, *, *, *, allow",
            "g, role:editor, role:viewer",
            "g, user:admin, role:admin",
            "g, user:alice, role:editor",
            "g, user:bob, role:viewer",
        ]
    );
    for part in [
        "left out, since it allows under a condition: role \"editor\", document, *, delete, allow",
        "kept without its condition, since it denies: role \"editor\", document, *, write, deny",
        "resource.properties.owner == subject.id",
        ": 8 lines, of which 1 are of global roles; left out: 0 assignments that have ended, 0 of users",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // The organization's id works too; the result is the same, apart from the time.
    let id = setup.database().organization("acme").to_string();
    assert_eq!(exported(&setup, &id).0, lines);
    assert_eq!(exported(&setup, &id.to_uppercase()).0, lines);
}

#[test]
fn lines_that_differ_in_their_conditions_alone_stand_once_and_each_is_listed() {
    let setup = Setup::seeded();
    seed(
        &setup,
        &[(
            "permissions.csv",
            "acme,viewer,doc,1,read,deny,context.a == 1\nacme,viewer,doc,1,read,deny,\n\
             acme,viewer,doc,1,read,deny,context.b == 1\nacme,viewer,doc,1,read,allow,context.c == 1\n",
        )],
    );
    let (lines, said) = exported(&setup, "acme");
    let about = lines.iter().filter(|line| line.contains("doc, 1"));
    assert_eq!(
        about.collect::<Vec<_>>(),
        ["p, role:viewer, doc, 1, read, deny"]
    );
    assert_eq!(said.matches("role \"viewer\", doc, 1, read").count(), 3);
}

#[test]
fn what_is_held_is_as_of_now_and_its_end_is_said() {
    let setup = Setup::seeded();
    seed(
        &setup,
        &[(
            "role_assignments.csv",
            "acme,alice,viewer,2020-01-01T00:00:00Z\nacme,svc-batch,editor,2099-01-01T00:00:00Z\n\
             acme,carol,admin,\n",
        )],
    );
    let (lines, said) = exported(&setup, "acme");
    let held = |user: &str| {
        let start = format!("g, user:{user},");
        let held = lines.iter().filter(|line| line.starts_with(&start));
        held.cloned().collect::<Vec<_>>()
    };
    assert_eq!(held("alice"), ["g, user:alice, role:editor"]);
    assert_eq!(held("svc-batch"), ["g, user:svc-batch, role:editor"]);
    // A known person who is not a member of acme.
    assert_eq!(held("carol"), Vec::<String>::new());
    assert!(
        said.contains("\"svc-batch\" holds role \"editor\" until 2099-01-01T00:00:00.000000Z"),
        "{said}"
    );
    assert!(
        said.contains("1 assignments that have ended, 1 of users who cannot hold a role here"),
        "{said}"
    );

    let suspend = "UPDATE shell.organizations SET status = 'suspended' WHERE slug = 'acme'";
    let mut database = setup.database().as_superuser();
    database.batch_execute(suspend).unwrap();
    let (lines, said) = exported(&setup, "acme");
    assert!(!lines.iter().any(|line| line.starts_with("g, user:")));
    assert!(
        said.contains("acme is suspended: its users hold no roles"),
        "{said}"
    );
}

#[test]
fn what_some_casbin_would_read_otherwise_is_refused_by_name() {
    let setup = Setup::seeded();
    seed(
        &setup,
        &[(
            "permissions.csv",
            "acme,viewer,\"a,b\",*,read,allow,\nacme,viewer,doc,#1,read,allow,\n\
                 acme,viewer,doc,1,\"say \"\"hi\"\"\",deny,\nacme,viewer,doc,a(b,read,allow,\n\
                 acme,viewer,\"left,out\",*,read,allow,context.a == 1\n",
        )],
    );
    let assign =
        "UPDATE shell.role_assignments SET subject = 'bob' || chr(160) WHERE subject = 'bob'";
    setup
        .database()
        .as_superuser()
        .batch_execute(assign)
        .unwrap();
    let (policy, said) = setup.export("acme");
    assert_eq!(policy, None);
    for fault in [
        "the resource type \"a,b\" of a line of role \"viewer\": a comma",
        "the resource id \"#1\" of a line of role \"viewer\": a leading #",
        r#"the action "say \"hi\"" of a line of role "viewer": a quote"#,
        "the resource id \"a(b\" of a line of role \"viewer\": an unbalanced bracket",
        "that holds role \"viewer\": an outer space",
        "5 names that some versions of Casbin would read differently; nothing was written",
    ] {
        assert!(said.contains(fault), "{fault}: {said}");
    }
    // Neither what is left out anyway nor another organization's names are checked.
    assert!(!said.contains("left,out"), "{said}");
    exported(&setup, "globex");
}

#[test]
fn an_unknown_organization_is_an_error_that_says_what_to_do() {
    let setup = Setup::seeded();
    let (policy, said) = setup.export("acmee");
    assert_eq!(policy, None);
    assert!(
        said.contains("there is no organization \"acmee\"; GET /v1/organizations lists them"),
        "{said}"
    );
}

#[test]
fn a_large_organization_is_exported_part_by_part() {
    let setup = Setup::seeded();
    setup
        .database()
        .as_superuser()
        .batch_execute(
            "INSERT INTO shell.permissions (organization_id, role, resource_type, resource_id, action, effect)
             SELECT r.organization_id, r.slug, 'thing', n::text, 'use', 'allow'
             FROM shell.roles r JOIN shell.organizations o ON o.id = r.organization_id, generate_series(1, 20000) n
             WHERE o.slug = 'acme' AND r.slug = 'viewer';
             INSERT INTO shell.role_assignments (organization_id, subject, role, role_organization_id)
             SELECT r.organization_id, 'user ' || n, r.slug, r.organization_id
             FROM shell.roles r JOIN shell.organizations o ON o.id = r.organization_id, generate_series(1, 20000) n
             WHERE o.slug = 'acme' AND r.slug = 'editor'",
        )
        .unwrap();
    let (lines, said) = exported(&setup, "acme");
    assert!(
        said.contains(": 40008 lines, of which 1 are of global roles;"),
        "{said}"
    );
    let mut once = lines.clone();
    once.sort();
    once.dedup();
    assert_eq!((once.len(), lines.len()), (40_008, 40_008));
}
