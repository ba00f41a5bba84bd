//! Which users may hold roles in an organization, according to their identity provider and to what is known about them.

use serde_json::{Value, json};
use tests::{GroupTree, Setup, policies::find};

/// Asserts, after a statement, which of some subjects may hold roles in acme.
#[track_caller]
fn check(setup: &Setup, statement: &str, expected: [(&str, bool); 4]) {
    let database = setup.database();
    let mut tree = GroupTree::of(database);
    tree.run(statement);
    let subjects = expected.map(|(subject, _)| subject);
    let policies = find(database, "acme", &subjects);
    let may = policies.iter().map(|policy| &policy["may_hold_roles"]);
    let may: Vec<_> = may
        .zip(subjects)
        .map(|(may, one)| (one, may == true))
        .collect();
    assert_eq!(may, expected, "{statement}");
}

#[test]
fn a_user_may_hold_roles_as_its_provider_and_the_organization_have_it() {
    let setup = Setup::seeded();
    let of = |[alice, carol, service, unknown]: [bool; 4]| {
        [
            ("alice", alice),
            ("carol", carol),
            ("service", service),
            ("unknown", unknown),
        ]
    };
    // A member, a member of another organization, a service account, and an unknown subject.
    let service = "INSERT INTO shell.users (id, identity_provider_id, external_id, username, email, display_name,
          is_service_account)
        SELECT gen_random_uuid(), p.id, 'service', 'service-account-x', '', 'X', true
        FROM shell.identity_providers p WHERE p.slug = 'default'";
    check(&setup, service, of([true, false, true, true]));
    for column in [
        "is_enabled = NOT is_enabled",
        "deleted_at = now()",
        "erased_at = now()",
    ] {
        let all = format!("UPDATE shell.users SET {column}");
        check(&setup, &all, of([false, false, false, true]));
        let again = "UPDATE shell.users SET is_enabled = true, deleted_at = NULL, erased_at = NULL";
        check(&setup, again, of([true, false, true, true]));
    }
    // Suspending memberships affects members only.
    let rest = "UPDATE shell.organizations SET members_rest_at = now()";
    check(&setup, rest, of([false, false, true, true]));
    let again = "UPDATE shell.organizations SET members_rest_at = NULL";
    check(&setup, again, of([true, false, true, true]));
    // Subjects that the organization removed, although the provider reported the membership again.
    let removed = "INSERT INTO shell.removed_memberships (organization_id, subject, removed_at)
        SELECT o.id, s.subject, now() FROM shell.organizations o, (VALUES ('alice'), ('carol'), ('service'), ('unknown'))
          AS s(subject) WHERE o.slug = 'acme'";
    check(&setup, removed, of([true, false, false, false]));
}

#[test]
fn what_the_provider_tells_of_a_user_is_a_property_unless_the_membership_says_otherwise() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut tree = GroupTree::of(database);
    tree.run(
        r#"UPDATE shell.users SET attributes = '{"team": ["sales"], "level": ["1", "2"]}'
           WHERE external_id IN ('alice', 'bob')"#,
    );
    let properties = |subject: &str| -> Value {
        let policy = find(database, "acme", &[subject]).remove(0);
        serde_json::from_str(policy["attributes"].as_str().unwrap()).unwrap()
    };
    assert_eq!(
        properties("alice"),
        json!({"team": "design", "level": ["1", "2"]})
    );
    tree.run("UPDATE shell.memberships SET attributes = '{}'");
    assert_eq!(
        properties("alice"),
        json!({"team": ["sales"], "level": ["1", "2"]})
    );
}
