//! What names of a token stand for, as PostgreSQL decides it.

use std::thread;

use postgres::Client;
use serde_json::{Value, json};
use tests::{Setup, TestDatabase};
use uuid::Uuid;

/// What `shell.name_organization` answers, as far as it decides anything.
#[derive(Debug, PartialEq)]
struct Named {
    refusal: Option<String>,
    organization: Option<Uuid>,
    acts_for: bool,
    choices: Option<String>,
    warnings: Option<Value>,
    tells: bool,
}

impl Named {
    fn found(organization: Uuid) -> Self {
        Self {
            refusal: None,
            organization: Some(organization),
            ..Self::refused("")
        }
    }

    fn refused(refusal: &str) -> Self {
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

/// Of tokens of `default`, without a header.
fn name(database: &TestDatabase, names: &Value) -> Named {
    ask(&mut database.as_runtime(), "default", names, None)
}

fn alias(alias: &str) -> Value {
    json!([{ "alias": alias }])
}

fn both(alias: &str, id: &str) -> Value {
    json!([{"alias": alias, "id": id}])
}

/// What stands of an organization's names: its identifier, and whether its alias is void.
fn kept(database: &TestDatabase, slug: &str) -> (Option<String>, bool) {
    let query = "SELECT external_id, alias_voided_at IS NOT NULL FROM shell.organizations WHERE slug = $1::text";
    let row = database.as_superuser().query_one(query, &[&slug]).unwrap();
    (row.get(0), row.get(1))
}

fn identified(id: &str) -> (Option<String>, bool) {
    (Some(id.to_owned()), false)
}

fn version(database: &TestDatabase, provider: &str) -> i64 {
    let query = "SELECT naming_version FROM shell.identity_providers WHERE slug = $1::text";
    let row = database.as_superuser().query_one(query, &[&provider]);
    row.unwrap().get(0)
}

/// Another provider, with an organization that is called as one of the seed's is by its own.
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
    // What was resolved before stays true.
    assert_eq!(version(database, "default"), before);
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

type Event = (String, String, String, Value);

/// Whose trail, what, by whom, and what is known of it.
fn events(database: &TestDatabase) -> Vec<Event> {
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
    // The identifier beside it finds what it finds.
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
    // The token is acme's, by its identifier; the alias beside it is therefore not globex's.
    let named = name(database, &both("globex", "id-1"));
    assert_eq!((named.organization, named.tells), (Some(acme), true));
    assert_eq!(kept(database, "globex"), (None, true));
    // A void alias teaches nothing, either.
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
    // One of the token's own is chosen, any other is acted for.
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
    // Two names of one organization are no choice.
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

#[test]
fn a_token_that_contradicts_itself_teaches_nothing_doubtful() {
    let setup = Setup::seeded();
    let database = setup.database();
    // One alias, two identifiers: neither is known to be the organization's.
    let two = json!([{"alias": "acme", "id": "id-1"}, {"alias": "acme", "id": "id-2"}, {"alias": "acme"}]);
    assert_eq!(name(database, &two).organization, None);
    assert_eq!(kept(database, "acme"), (None, true));
    // One identifier, two aliases: whoever has it, the other alias is not its own.
    database
        .as_superuser()
        .execute("UPDATE shell.organizations SET alias_voided_at = NULL", &[])
        .unwrap();
    let same = json!([{"alias": "globex", "id": "id-1"}, {"alias": "acme", "id": "id-1"}]);
    let named = name(database, &same);
    assert_eq!(named.organization, Some(database.organization("acme")));
    assert_eq!(kept(database, "acme"), identified("id-1"));
    assert_eq!(kept(database, "globex"), (None, true));
}

#[test]
fn what_can_be_no_identifier_is_known_to_nobody() {
    let setup = Setup::seeded();
    let database = setup.database();
    for id in [
        "",
        "a\nb",
        "a\u{7f}",
        "\u{9f}",
        &"x".repeat(256),
        &"x".repeat(1_000_000),
    ] {
        assert_eq!(
            name(database, &both("acme", id)),
            Named::refused("no_organization"),
            "{id:.9}"
        );
    }
    assert_eq!(kept(database, "acme"), (None, false));
    let longest = "é".repeat(255);
    name(database, &both("acme", &longest));
    assert_eq!(kept(database, "acme"), identified(&longest));

    let many: Vec<_> = (0..20_000)
        .map(|number| json!({"alias": format!("a{number}"), "id": format!("b{number}")}))
        .collect();
    assert_eq!(
        name(database, &json!(many)),
        Named::refused("no_organization")
    );
    assert_eq!(
        name(database, &json!([{}])),
        Named::refused("no_organization")
    );
}

#[test]
fn two_at_once_learn_one_identifier() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut superuser = database.as_superuser();
    let mut lock = superuser.transaction().unwrap();
    lock.query("SELECT shell.lock_changes()", &[]).unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let named: Vec<_> = thread::scope(|scope| {
        let asking: Vec<_> = ["id-1", "id-1", "id-1", "id-1"]
            .map(|id| scope.spawn(move || name(database, &both("acme", id))))
            .into_iter()
            .collect();
        let mut watcher = database.as_superuser();
        while watcher.query_one(waiting, &[]).unwrap().get::<_, i64>(0) < 4 {
            thread::yield_now();
        }
        lock.commit().unwrap();
        asking
            .into_iter()
            .map(|asking| asking.join().unwrap())
            .collect()
    });
    let acme = Some(database.organization("acme"));
    assert!(
        named.iter().all(|named| named.organization == acme),
        "{named:?}"
    );
    assert_eq!(named.iter().filter(|named| named.tells).count(), 1);
    assert_eq!(kept(database, "acme"), identified("id-1"));
    assert_eq!(events(database).len(), 1);
}

#[test]
fn of_two_identifiers_at_once_one_is_learned_and_the_alias_is_void() {
    let setup = Setup::seeded();
    let database = setup.database();
    thread::scope(|scope| {
        for id in ["id-1", "id-2"] {
            scope.spawn(move || name(database, &both("acme", id)));
        }
    });
    let (external_id, is_void) = kept(database, "acme");
    let external_id = external_id.unwrap();
    assert!(is_void && ["id-1", "id-2"].contains(&external_id.as_str()));
    let named = name(database, &both("acme", &external_id));
    assert_eq!(named.organization, Some(database.organization("acme")));
    assert_eq!(name(database, &alias("acme")).organization, None);
}

#[test]
fn nothing_is_seen_afterwards() {
    let setup = Setup::seeded();
    let mut runtime = setup.database().as_runtime();
    let mut transaction = runtime.transaction().unwrap();
    let query = "SELECT organization_id FROM shell.name_organization('default', $1, NULL)";
    transaction
        .query_one(query, &[&both("acme", "id-1")])
        .unwrap();
    let seen = "SELECT count(*) FROM shell.organizations";
    assert_eq!(
        transaction.query_one(seen, &[]).unwrap().get::<_, i64>(0),
        0
    );
}
