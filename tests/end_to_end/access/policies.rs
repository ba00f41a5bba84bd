//! The data for a decision about a subject, as PostgreSQL returns it.

use serde_json::{Value, json};
use tests::{Setup, policies::find, sql::caller};

#[test]
fn roles_lines_and_attributes_are_those_that_are_reached() {
    let setup = Setup::seeded();
    let alice = find(setup.database(), "acme", &["alice"]).remove(0);
    let line = |role: &str, action: &str, effect: &str, condition: Value| {
        json!({"role": role, "type": "document", "id": "*", "action": action, "effect": effect,
            "condition": condition})
    };
    let archived = "has(resource.properties.status) && resource.properties.status == \"archived\"";
    let own = "has(resource.properties.owner) && resource.properties.owner == subject.id";
    let mut lines = alice["lines"].as_array().unwrap().clone();
    lines.sort_by_key(|line| [&line["effect"], &line["action"]].map(ToString::to_string));
    assert_eq!(
        lines,
        [
            line("editor", "delete", "allow", json!(own)),
            line("viewer", "read", "allow", Value::Null),
            line("editor", "write", "allow", Value::Null),
            line("editor", "write", "deny", json!(archived)),
        ]
    );
    let mut rest = alice.clone();
    rest["lines"] = json!([]);
    assert_eq!(
        rest,
        json!({
            "subject": "alice",
            "may_hold_roles": true,
            "attributes": "{\"team\": \"design\"}",
            "assignments": [{"role": "editor", "until": null, "by_group": null}],
            "inherits": [["editor", "viewer"]],
            "lines": []
        })
    );
}

#[test]
fn a_global_role_has_its_lines_in_every_organization() {
    let setup = Setup::seeded();
    let everything = json!([{"role": "admin", "type": "*", "id": "*", "action": "*",
        "effect": "allow", "condition": null}]);
    for organization in ["acme", "globex"] {
        let admin = find(setup.database(), organization, &["admin"]).remove(0);
        assert_eq!(
            admin["assignments"],
            json!([{"role": "admin", "until": null, "by_group": null}])
        );
        assert_eq!(admin["lines"], everything);
        // A subject without assignments.
        let nobody = find(setup.database(), organization, &["zoe"]).remove(0);
        assert_eq!(nobody["lines"], json!([]));
    }
    // In platform itself, its lines are returned once.
    let database = setup.database();
    let assign =
        "INSERT INTO shell.role_assignments (organization_id, subject, role, role_organization_id)
        VALUES ($1, 'root', 'admin', $1)";
    let platform = database.organization("platform");
    database
        .as_superuser()
        .execute(assign, &[&platform])
        .unwrap();
    assert_eq!(
        find(database, "platform", &["root"])[0]["lines"],
        everything
    );
}

#[test]
fn inheritance_is_followed_to_its_end_and_into_what_is_global() {
    let setup = Setup::seeded();
    let database = setup.database();
    database
        .as_superuser()
        .batch_execute(
            "INSERT INTO shell.roles (organization_id, id, slug, name, inherits)
             SELECT o.id, gen_random_uuid(), r.slug, r.slug, r.inherits
             FROM shell.organizations o, (VALUES ('lead', ARRAY['left', 'right']), ('left', ARRAY['base']),
               ('right', ARRAY['base', 'admin']), ('base', '{}'), ('unreached', ARRAY['base'])) r(slug, inherits)
             WHERE o.slug = 'acme';
             INSERT INTO shell.permissions (organization_id, role, resource_type, resource_id, action, effect)
             SELECT r.organization_id, r.slug, 'thing', '*', 'use', 'allow' FROM shell.roles r
             WHERE r.slug IN ('base', 'unreached');
             INSERT INTO shell.role_assignments (organization_id, subject, role, role_organization_id)
             SELECT r.organization_id, 'alice', 'lead', r.organization_id FROM shell.roles r WHERE r.slug = 'lead';
             DELETE FROM shell.role_assignments WHERE subject = 'alice' AND role = 'editor'",
        )
        .unwrap();
    let alice = find(database, "acme", &["alice"]).remove(0);
    assert_eq!(
        alice["inherits"],
        json!([
            ["lead", "left"],
            ["lead", "right"],
            ["left", "base"],
            ["right", "admin"],
            ["right", "base"]
        ])
    );
    let mut roles: Vec<_> = alice["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| &l["role"])
        .collect();
    roles.sort_by_key(|role| role.to_string());
    assert_eq!(roles, ["admin", "base"]);
}

#[test]
fn an_assignment_that_ended_is_told_with_its_end() {
    let setup = Setup::seeded();
    let database = setup.database();
    let end = "UPDATE shell.role_assignments SET valid_until = '2020-01-01T00:00:00.000001Z'
        WHERE subject = 'bob'";
    database.as_superuser().execute(end, &[]).unwrap();
    let bob = find(database, "acme", &["bob"]).remove(0);
    assert_eq!(
        bob["assignments"],
        json!([{"role": "viewer", "until": 1_577_836_800_000_001_i64, "by_group": null}])
    );
    assert_eq!(bob["lines"].as_array().unwrap().len(), 1);
}

#[test]
fn a_known_person_holds_roles_as_a_member_alone() {
    let setup = Setup::seeded();
    let database = setup.database();
    let may = |organization: &str, subject: &str| {
        find(database, organization, &[subject])[0]["may_hold_roles"].clone()
    };
    // A member, a member of another organization, and an unknown subject.
    assert_eq!(may("acme", "alice"), true);
    assert_eq!(may("acme", "carol"), false);
    assert_eq!(may("globex", "contractor"), true);
    let contractor = find(database, "globex", &["contractor"]).remove(0);
    assert_eq!(contractor["assignments"].as_array().unwrap().len(), 1);
    assert_eq!(contractor["attributes"], "{}");

    let remove = "DELETE FROM shell.memberships m USING shell.users u
        WHERE u.id = m.user_id AND u.external_id = 'alice'";
    database.as_superuser().execute(remove, &[]).unwrap();
    let alice = find(database, "acme", &["alice"]).remove(0);
    assert_eq!(alice["may_hold_roles"], false);
    assert_eq!(alice["attributes"], "{}");
    assert_eq!(alice["assignments"].as_array().unwrap().len(), 1);

    // A person of another provider with the same external_id is somebody else.
    database
        .as_superuser()
        .batch_execute(
            "INSERT INTO shell.identity_providers (id, slug) VALUES (gen_random_uuid(), 'other');
             UPDATE shell.users SET identity_provider_id = (SELECT id FROM shell.identity_providers WHERE slug = 'other')
             WHERE external_id = 'alice'",
        )
        .unwrap();
    assert_eq!(may("acme", "alice"), true);
}

#[test]
fn each_subject_is_answered_in_its_place() {
    let setup = Setup::seeded();
    let found = find(setup.database(), "acme", &["bob", "zoe", "bob", "alice"]);
    let subjects: Vec<_> = found.iter().map(|policy| &policy["subject"]).collect();
    assert_eq!(subjects, ["bob", "zoe", "bob", "alice"]);
    assert_eq!(found[0], found[2]);
    assert_eq!(find(setup.database(), "acme", &[]), [] as [Value; 0]);
}

#[test]
fn who_is_refused_learns_nothing_and_nobody_else_is_seen_afterwards() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut runtime = database.as_runtime();
    let query = "SELECT refusal, policies FROM shell.find_access($1, ARRAY['alice'])";
    let nowhere = caller(uuid::Uuid::nil());
    let row = runtime.query_one(query, &[&nowhere]).unwrap();
    assert_eq!(row.get::<_, &str>(0), "unknown_organization");
    assert_eq!(row.get::<_, Option<&str>>(1), None);

    let mut transaction = runtime.transaction().unwrap();
    let acme = caller(database.organization("acme"));
    transaction.query_one(query, &[&acme]).unwrap();
    let seen = transaction
        .query("SELECT external_id FROM shell.users ORDER BY 1", &[])
        .unwrap();
    let seen: Vec<String> = seen.iter().map(|row| row.get(0)).collect();
    assert_eq!(seen, ["admin", "alice", "bob"]);
}

/// In a suspended organization, about which only platform can ask, nobody holds a role.
#[test]
fn nobody_holds_roles_in_a_suspended_organization() {
    let setup = Setup::seeded();
    let database = setup.database();
    let suspend = "UPDATE shell.organizations SET status = 'suspended' WHERE slug = 'acme'";
    database.as_superuser().execute(suspend, &[]).unwrap();
    let mut asking = caller(database.organization("platform"));
    asking["acting_for"] = json!("acme");
    let query = "SELECT policies FROM shell.find_access($1, ARRAY['alice', 'svc-unknown'])";
    let row = database.as_runtime().query_one(query, &[&asking]).unwrap();
    let policies: Vec<Value> = serde_json::from_str(row.get(0)).unwrap();
    for policy in policies {
        assert_eq!(policy["may_hold_roles"], false);
    }
}
