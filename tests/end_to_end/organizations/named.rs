//! `/v1/organizations`: the identity provider of an organization, and the provider's identifier for it.

use serde_json::{Value, json};
use tests::{
    Shell,
    organizations::{initech, put, read},
};

use super::routes::with;

/// A Shell that also has another provider.
fn start() -> Shell {
    let shell = Shell::start();
    let insert =
        "INSERT INTO shell.identity_providers (id, slug) VALUES (gen_random_uuid(), 'other')";
    shell
        .database()
        .as_superuser()
        .execute(insert, &[])
        .unwrap();
    shell
}

fn version(shell: &Shell, provider: &str) -> i64 {
    let query = "SELECT naming_version FROM shell.identity_providers WHERE slug = $1::text";
    let row = shell
        .database()
        .as_superuser()
        .query_one(query, &[&provider]);
    row.unwrap().get(0)
}

/// The organization that the names in a token lead to.
fn named(shell: &Shell, provider: &str, names: &Value) -> Option<String> {
    let query = "SELECT o.slug::text FROM shell.name_organization($1, $2, NULL) n
        JOIN shell.organizations o ON o.id = n.organization_id";
    let mut superuser = shell.database().as_superuser();
    let row = superuser.query_opt(query, &[&provider, names]).unwrap();
    row.map(|row| row.get(0))
}

#[test]
fn an_identifier_stays_where_it_is_not_named() {
    let shell = start();
    put(&shell, "initech", &initech()).expect(201);
    assert_eq!(read(&shell, "initech")["external_id"], json!(null));
    let answer = put(&shell, "initech", &with("external_id", json!("id-1"))).expect(200);
    assert_eq!(answer.json()["external_id"], "id-1");
    for organization in [initech(), with("external_id", json!(null))] {
        let answer = put(&shell, "initech", &organization).expect(200);
        assert_eq!(answer.json()["external_id"], "id-1");
    }
    // The provider also stays if a request does not name one.
    let elsewhere = with("identity_provider", json!("other"));
    let answer = put(&shell, "initech", &elsewhere).expect(200).json();
    assert_eq!(
        answer["external_id"],
        json!(null),
        "another provider calls it otherwise"
    );
    let mut unnamed = initech();
    unnamed.as_object_mut().unwrap().remove("identity_provider");
    let answer = put(&shell, "initech", &unnamed).expect(200).json();
    assert_eq!(answer["identity_provider"], "other");
    let mut both = initech();
    both["external_id"] = json!("id-2");
    let answer = put(&shell, "initech", &both).expect(200).json();
    assert_eq!(
        (&answer["identity_provider"], &answer["external_id"]),
        (&json!("default"), &json!("id-2"))
    );
}

#[test]
fn an_identifier_is_one_organizations_of_its_provider() {
    let shell = start();
    put(&shell, "initech", &with("external_id", json!("id-1"))).expect(201);
    let mut hooli =
        json!({"name": "Hooli", "plan": "free", "status": "active", "external_id": "id-1"});
    let answer = put(&shell, "hooli", &hooli).expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), ["/external_id"]);
    hooli["identity_provider"] = json!("other");
    put(&shell, "hooli", &hooli).expect(201);
    hooli["identity_provider"] = json!("default");
    let answer = put(&shell, "hooli", &hooli).expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), ["/external_id"]);
    for unfit in [json!(""), json!("a\tb"), json!("x".repeat(256)), json!(7)] {
        let answer = put(&shell, "initech", &with("external_id", unfit));
        let answer = answer.expect_problem(422, "invalid-fields");
        assert_eq!(answer.pointers(), ["/external_id"]);
    }
    assert_eq!(read(&shell, "initech")["external_id"], "id-1");
}

#[test]
fn what_names_an_organization_ends_what_was_resolved() {
    let shell = start();
    let mut versions = vec![version(&shell, "default")];
    let mut rises = |change: &str, organization: &Value, must: bool| {
        put(&shell, "initech", organization);
        let now = version(&shell, "default");
        assert_eq!(
            versions.last().is_some_and(|before| *before < now),
            must,
            "{change}"
        );
        versions.push(now);
    };
    rises("created", &initech(), true);
    rises("nothing", &initech(), false);
    rises("its name", &with("name", json!("Initech Two")), false);
    rises("its identifier", &with("external_id", json!("id-1")), true);
    rises(
        "its provider",
        &with("identity_provider", json!("other")),
        true,
    );
    assert_eq!(version(&shell, "other"), version(&shell, "default"));
}

#[test]
fn an_administrator_trusts_an_alias_again() {
    let shell = start();
    put(&shell, "initech", &initech()).expect(201);
    let alias = json!([{"alias": "initech"}]);
    let both = |id: &str| json!([{"alias": "initech", "id": id}]);
    assert_eq!(named(&shell, "default", &both("id-1")).unwrap(), "initech");
    assert_eq!(read(&shell, "initech")["external_id"], "id-1");
    named(&shell, "default", &both("id-2"));
    assert_eq!(named(&shell, "default", &alias), None);
    put(&shell, "initech", &with("name", json!("Initech Two"))).expect(200);
    assert_eq!(named(&shell, "default", &alias), None);
    // The same id again, or another one.
    put(&shell, "initech", &with("external_id", json!("id-1"))).expect(200);
    assert_eq!(named(&shell, "default", &alias).unwrap(), "initech");
    named(&shell, "default", &both("id-2"));
    assert_eq!(named(&shell, "default", &alias), None);
    put(&shell, "initech", &with("external_id", json!("id-2"))).expect(200);
    assert_eq!(named(&shell, "default", &alias).unwrap(), "initech");
    assert_eq!(named(&shell, "default", &both("id-2")).unwrap(), "initech");
}

#[test]
fn who_has_persons_keeps_their_provider() {
    let shell = start();
    let mut acme = read(&shell, "acme");
    acme["identity_provider"] = json!("other");
    put(&shell, "acme", &acme).expect_problem(409, "provider-in-use");
    assert_eq!(read(&shell, "acme")["identity_provider"], "default");

    put(&shell, "initech", &initech()).expect(201);
    let assign =
        "INSERT INTO shell.role_assignments (organization_id, subject, role, role_organization_id)
        SELECT o.id, 'peter', r.slug, r.organization_id FROM shell.organizations o, shell.roles r
        WHERE o.slug = 'initech' AND r.is_global AND r.slug = 'admin'";
    let mut superuser = shell.database().as_superuser();
    assert_eq!(superuser.execute(assign, &[]).unwrap(), 1);
    let elsewhere = with("identity_provider", json!("other"));
    put(&shell, "initech", &elsewhere).expect_problem(409, "provider-in-use");
    let end = "DELETE FROM shell.role_assignments WHERE subject = 'peter'";
    superuser.execute(end, &[]).unwrap();
    put(&shell, "initech", &elsewhere).expect(200);
}
