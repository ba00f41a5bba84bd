//! Seeding persons whom an identity provider has reported, and persons who were removed since.

use tests::{Folder, Setup, USERS_HEADER, sql::execute};

use super::files::everything;

fn seed(setup: &Setup, rows: &str, arguments: &[&str]) -> String {
    let text = format!("{USERS_HEADER}{rows}");
    let folder = Folder::of(&setup.environment, &[("users.csv", &text)]);
    setup.job("seed", Some(&folder), arguments).unwrap()
}

/// The row of a person, and the organizations that the person is a member of.
fn person(setup: &Setup, external_id: &str) -> String {
    let query = "SELECT concat_ws(' | ', u.username, u.email, u.display_name,
          (SELECT string_agg(o.slug, ',' ORDER BY o.slug) FROM shell.memberships m
            JOIN shell.organizations o ON o.id = m.organization_id WHERE m.user_id = u.id))
        FROM shell.users u WHERE u.external_id = $1::text";
    let mut superuser = setup.database().as_superuser();
    superuser.query_one(query, &[&external_id]).unwrap().get(0)
}

#[test]
fn who_is_gone_stays_gone() {
    let setup = Setup::seeded();
    let rows = "acme,al,al@acme.example,Al,,\nacme,bo,,Bo,,\nacme,cy,,Cy,,\nacme,di,,Di,,\n";
    let said = seed(&setup, rows, &[]);
    assert!(said.contains("4 rows, 4 added"), "{said}");
    assert!(!said.contains("passed over"), "{said}");
    execute(
        setup.database(),
        "UPDATE shell.users SET username = external_id, email = '', display_name = external_id, erased_at = now()
           WHERE external_id = 'al';
         UPDATE shell.users SET deleted_at = now() WHERE external_id = 'bo';
         DELETE FROM shell.memberships WHERE user_id IN (
           SELECT id FROM shell.users WHERE external_id IN ('al', 'bo', 'cy', 'di'));
         INSERT INTO shell.removed_memberships
           SELECT id, 'cy', now() FROM shell.organizations WHERE slug = 'acme';
         INSERT INTO shell.removed_memberships
           SELECT id, 'nobody', now() FROM shell.organizations WHERE slug = 'acme';
         UPDATE shell.organizations SET external_id = 'org-1' WHERE slug = 'acme';
         INSERT INTO shell.membership_facts (identity_provider_id, organization_external_id, stamp, source,
             is_member, user_external_id, by_name)
           SELECT id, 'org-1', lpad('1', 15, '0') || ' e', 'keycloak', false, 'di', false
           FROM shell.identity_providers WHERE slug = 'default';",
    );
    let before = everything(&setup);
    let more = format!("{rows}acme,nobody,,Nobody,,\n").replace(",Al,", ",Albert,");
    for arguments in [&[][..], &["--update"][..]] {
        let said = seed(&setup, &more, arguments);
        assert!(said.contains("5 rows, 0 added, 0 changed"), "{said}");
        assert!(said.contains("users.csv: 5 rows skipped"), "{said}");
        assert!(!said.contains("al@acme.example"), "{said}");
        assert_eq!(everything(&setup), before);
    }
    // A person who was only removed here may be a member elsewhere; an erased or deleted one may not.
    let elsewhere = rows.replace("acme,", "globex,");
    let said = seed(&setup, &elsewhere, &["--update"]);
    assert!(said.contains("4 rows, 2 added, 0 changed"), "{said}");
    assert!(said.contains("users.csv: 2 rows skipped"), "{said}");
    assert_eq!(person(&setup, "cy"), "cy |  | Cy | globex");
}

#[test]
fn what_the_provider_told_stays() {
    let setup = Setup::seeded();
    seed(
        &setup,
        "acme,al,al@acme.example,Al,id-1,\nacme,bo,,Bo,id-2,\n",
        &[],
    );
    execute(
        setup.database(),
        r#"UPDATE shell.users SET username = 'alfred', display_name = 'Alfred A',
             told = '{"username": "000000000000001 e", "first_name": "000000000000001 e"}'
           WHERE external_id = 'id-1'"#,
    );
    let rows = "acme,al,new@acme.example,Al B,id-1,\nacme,ben,b@acme.example,Bob,id-2,\n";
    let said = seed(&setup, rows, &["--update"]);
    assert!(said.contains("2 rows, 0 added, 2 changed"), "{said}");
    assert_eq!(
        person(&setup, "id-1"),
        "alfred | new@acme.example | Alfred A | acme"
    );
    assert_eq!(person(&setup, "id-2"), "ben | b@acme.example | Bob | acme");
    // The name in the file is free for another person.
    let said = seed(
        &setup,
        &format!("{rows}acme,al,,Al,id-3,\n").replacen("acme,al,", "acme,alx,", 1),
        &["--update"],
    );
    assert!(said.contains("3 rows, 1 added, 0 changed"), "{said}");
}
