//! To which organization the names in a token lead, as PostgreSQL decides it.

use postgres::Client;
use serde_json::{Value, json};
use tests::{Setup, TestDatabase};
use uuid::Uuid;

/// The result of `shell.name_organization`, as far as it is relevant here.
#[derive(Debug, PartialEq)]
pub struct Named {
    pub refusal: Option<String>,
    pub organization: Option<Uuid>,
    acts_for: bool,
    choices: Option<String>,
    warnings: Option<Value>,
    pub tells: bool,
}

impl Named {
    fn found(organization: Uuid) -> Self {
        Self {
            refusal: None,
            organization: Some(organization),
            ..Self::refused("")
        }
    }

    pub fn refused(refusal: &str) -> Self {
        Self {
            refusal: Some(refusal.to_owned()),
            organization: None,
            acts_for: false,
            choices: None,
            warnings: None,
            tells: false,
        }
    }
}

fn ask(client: &mut Client, provider: &str, names: &Value, chosen: Option<&str>) -> Named {
    let query =
        "SELECT refusal, organization_id, acts_for, choices, warnings::json, change IS NOT NULL
        FROM shell.name_organization($1, $2, $3)";
    let row = client
        .query_one(query, &[&provider, names, &chosen])
        .unwrap();
    Named {
        refusal: row.get(0),
        organization: row.get(1),
        acts_for: row.get(2),
        choices: row.get(3),
        warnings: row.get(4),
        tells: row.get(5),
    }
}

/// For names in tokens of `default`, without a header.
pub fn name(database: &TestDatabase, names: &Value) -> Named {
    ask(&mut database.as_runtime(), "default", names, None)
}

pub fn alias(alias: &str) -> Value {
    json!([{ "alias": alias }])
}

pub fn both(alias: &str, id: &str) -> Value {
    json!([{"alias": alias, "id": id}])
}

/// The stored names of an organization: its identifier, and whether its alias is void.
pub fn kept(database: &TestDatabase, slug: &str) -> (Option<String>, bool) {
    let query = "SELECT external_id, alias_voided_at IS NOT NULL FROM shell.organizations WHERE slug = $1::text";
    let row = database.as_superuser().query_one(query, &[&slug]).unwrap();
    (row.get(0), row.get(1))
}

pub fn identified(id: &str) -> (Option<String>, bool) {
    (Some(id.to_owned()), false)
}

fn version(database: &TestDatabase, provider: &str) -> i64 {
    let query = "SELECT naming_version FROM shell.identity_providers WHERE slug = $1::text";
    let row = database.as_superuser().query_one(query, &[&provider]);
    row.unwrap().get(0)
}

/// Another provider, with an organization whose identifier there is one that `default` has for a seeded organization.
fn with_other_provider(database: &TestDatabase) {
    let statements =
        "INSERT INTO shell.identity_providers (id, slug) VALUES (gen_random_uuid(), 'other');
        INSERT INTO shell.organizations (id, slug, name, plan, identity_provider_id, external_id)
        SELECT gen_random_uuid(), 'initech', 'Initech', 'free', p.id, 'id-acme'
        FROM shell.identity_providers p WHERE p.slug = 'other'";
    database.as_superuser().batch_execute(statements).unwrap();
}

#[test]
fn an_alias_finds_the_organization_whose_slug_it_is() {
    let setup = Setup::seeded();
    let database = setup.database();
    let acme = database.organization("acme");
    assert_eq!(name(database, &alias("acme")), Named::found(acme));
    for nobody in ["Acme", "acm", "", "initech", &"a".repeat(100_000)] {
        assert_eq!(
            name(database, &alias(nobody)),
            Named::refused("no_organization")
        );
    }
    let unknown_beside =
        json!([{"alias": "initech"}, {"alias": "acme"}, {"alias": "acme", "id": null}]);
    assert_eq!(name(database, &unknown_beside), Named::found(acme));
    assert_eq!(kept(database, "acme"), (None, false));
}

#[test]
fn an_identifier_is_learned_once_and_finds_by_itself() {
    let setup = Setup::seeded();
    let database = setup.database();
    let acme = database.organization("acme");
    let before = version(database, "default");
    let learned = Named {
        tells: true,
        ..Named::found(acme)
    };
    assert_eq!(name(database, &both("acme", "id-1")), learned);
    assert_eq!(name(database, &both("acme", "id-1")), Named::found(acme));
    assert_eq!(name(database, &both("renamed", "id-1")), Named::found(acme));
    assert_eq!(name(database, &alias("acme")), Named::found(acme));
    assert_eq!(kept(database, "acme"), identified("id-1"));
    // Beside another name it was ignored as unknown before; now the token names several organizations.
    assert!(version(database, "default") > before);
    assert_eq!(
        events(database),
        [(
            "acme".to_owned(),
            "organization.identified".to_owned(),
            "identity_provider default".to_owned(),
            json!({"external_id": "id-1"})
        )]
    );
}

pub type Event = (String, String, String, Value);

/// The events: the trail's organization, action, actor, and metadata.
pub fn events(database: &TestDatabase) -> Vec<Event> {
    let query = "SELECT o.slug::text, l.action, l.actor_type || ' ' || l.actor_id, l.metadata
        FROM shell.audit_log l JOIN shell.organizations o ON o.id = l.organization_id
        WHERE l.action LIKE 'organization.%' AND o.slug::text = l.target_ids[1] ORDER BY l.created_at";
    let rows = database.as_superuser().query(query, &[]).unwrap();
    let event = |row: &postgres::Row| (row.get(0), row.get(1), row.get(2), row.get(3));
    rows.iter().map(event).collect()
}

#[test]
fn an_alias_that_was_seen_with_another_identifier_finds_nothing_any_more() {
    let setup = Setup::seeded();
    let database = setup.database();
    let acme = database.organization("acme");
    name(database, &both("acme", "id-1"));
    let before = version(database, "default");
    let warning = |warning: &str, seen: Option<&str>| {
        Some(json!([{
            "warning": warning, "organization": "acme", "external_id": "id-1", "seen": seen,
        }]))
    };
    let contradicted = Named {
        warnings: warning("alias_contradicted", Some("id-2")),
        tells: true,
        ..Named::refused("no_organization")
    };
    assert_eq!(name(database, &both("acme", "id-2")), contradicted);
    assert!(version(database, "default") > before);
    assert_eq!(kept(database, "acme"), (Some("id-1".to_owned()), true));

    let void = |seen| Named {
        warnings: warning("alias_is_void", seen),
        ..Named::refused("no_organization")
    };
    assert_eq!(name(database, &alias("acme")), void(None));
    assert_eq!(name(database, &both("acme", "id-2")), void(Some("id-2")));
    assert_eq!(name(database, &both("acme", "id-1")), Named::found(acme));
    assert_eq!(
        events(database)[1],
        (
            "acme".to_owned(),
            "organization.alias_voided".to_owned(),
            "identity_provider default".to_owned(),
            json!({"external_id": "id-1", "seen": "id-2"})
        )
    );
    // The identifier beside it leads to its own organization.
    let globex = database.organization("globex");
    name(database, &both("globex", "id-3"));
    assert_eq!(
        name(database, &both("acme", "id-3")).organization,
        Some(globex)
    );
}

#[test]
fn nobody_takes_what_the_provider_calls_another() {
    let setup = Setup::seeded();
    let database = setup.database();
    let acme = database.organization("acme");
    name(database, &both("acme", "id-1"));
    // By its identifier, the token is acme's; the alias beside it is therefore not globex's.
    let named = name(database, &both("globex", "id-1"));
    assert_eq!((named.organization, named.tells), (Some(acme), true));
    assert_eq!(kept(database, "globex"), (None, true));
    // From a void alias, no identifier is learned either.
    let named = name(database, &both("globex", "id-2"));
    assert_eq!(named.refusal.as_deref(), Some("no_organization"));
    assert_eq!(kept(database, "globex"), (None, true));
}

#[test]
fn platform_is_found_by_its_configured_identifier_alone() {
    let setup = Setup::seeded();
    let database = setup.database();
    let platform = database.organization("platform");
    for (names, seen) in [
        (alias("platform"), None),
        (both("platform", "id-1"), Some("id-1")),
    ] {
        let warnings = json!([{
            "warning": "platform_by_alias", "organization": "platform", "external_id": null, "seen": seen,
        }]);
        let refused = Named {
            warnings: Some(warnings),
            ..Named::refused("no_organization")
        };
        assert_eq!(name(database, &names), refused);
    }
    assert_eq!(kept(database, "platform"), (None, false));
    let configure = "UPDATE shell.organizations SET external_id = 'id-1' WHERE slug = 'platform'";
    database.as_superuser().execute(configure, &[]).unwrap();
    assert_eq!(
        name(database, &both("platform", "id-1")),
        Named::found(platform)
    );
    assert_eq!(
        name(database, &both("ours", "id-1")),
        Named::found(platform)
    );
    assert_eq!(name(database, &alias("platform")).organization, None);
    assert_eq!(name(database, &both("platform", "id-2")).organization, None);
    assert_eq!(kept(database, "platform"), identified("id-1"));
}

#[test]
fn the_caller_chooses_among_several() {
    let setup = Setup::seeded();
    let database = setup.database();
    let configure = "UPDATE shell.organizations SET external_id = 'id-' || slug WHERE slug IN ('platform', 'globex')";
    database.as_superuser().execute(configure, &[]).unwrap();
    let ids = ["acme", "globex", "platform"].map(|slug| database.organization(slug));
    let [acme, globex, platform] = ids;
    let mut runtime = database.as_runtime();
    let mut choose = |names: &Value, chosen| ask(&mut runtime, "default", names, chosen);
    let two = json!([{"alias": "globex", "id": "id-globex"}, {"alias": "acme"}]);
    let with_platform = json!([{"alias": "acme"}, {"alias": "p", "id": "id-platform"}]);

    let several = |choices: &str| Named {
        choices: Some(choices.to_owned()),
        ..Named::refused("several_organizations")
    };
    assert_eq!(choose(&two, None), several(r#"["acme", "globex"]"#));
    assert_eq!(
        choose(&with_platform, None),
        several(r#"["acme", "platform"]"#)
    );
    assert_eq!(choose(&two, Some("globex")), Named::found(globex));
    assert_eq!(choose(&alias("acme"), Some("acme")), Named::found(acme));
    for nobody in ["platform", "initech", "", "No such"] {
        assert_eq!(choose(&two, Some(nobody)), Named::refused("not_platform"));
    }
    // If the header names one of the token's own organizations, that one is chosen; for any other, the caller acts.
    assert_eq!(choose(&with_platform, Some("acme")), Named::found(acme));
    assert_eq!(
        choose(&with_platform, Some("platform")),
        Named::found(platform)
    );
    let acting = Named {
        acts_for: true,
        ..Named::found(platform)
    };
    assert_eq!(choose(&with_platform, Some("globex")), acting);
    assert_eq!(
        choose(&json!([]), Some("acme")),
        Named::refused("no_organization")
    );
    // Two names of one organization are not several organizations.
    let twice = json!([{"alias": "globex"}, {"alias": "renamed", "id": "id-globex"}]);
    assert_eq!(choose(&twice, None), Named::found(globex));
}

#[test]
fn each_provider_has_names_of_its_own() {
    let setup = Setup::seeded();
    let database = setup.database();
    with_other_provider(database);
    let (acme, initech) = (
        database.organization("acme"),
        database.organization("initech"),
    );
    let mut runtime = database.as_runtime();
    let mut by =
        |provider: &str, names: &Value| ask(&mut runtime, provider, names, None).organization;
    assert_eq!(by("default", &both("acme", "id-acme")), Some(acme));
    assert_eq!(by("other", &both("acme", "id-acme")), Some(initech));
    assert_eq!(by("other", &alias("acme")), None);
    assert_eq!(by("other", &both("globex", "id-1")), None);
    assert_eq!(by("default", &alias("initech")), None);
    assert_eq!(by("nobody", &alias("acme")), None);
    assert_eq!(kept(database, "globex"), (None, false));
    assert_eq!(kept(database, "acme"), identified("id-acme"));
}
