//! `DELETE /v1/users/{user}?everywhere=true`: a person is erased from all stored data.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{
    Folder, Shell, USERS_HEADER,
    audit::trail,
    decisions::check,
    on_behalf::{acting, delete, get},
};

use super::removed::tell;

/// A provider's data about `p-42`, whose usernames were zaphod, trillian and arthur, and about another user, whose
/// username is now zaphod. `e4` names the person, `e5` the other user, and `e6` either of them.
const TOLD: &str = r#"
    UPDATE shell.organizations SET external_id = slug || '-id' WHERE slug = 'acme';
    UPDATE shell.users SET first_name = 'Zaphod', last_name = 'Beeblebrox', last_login_at = now(),
      attributes = '{"ship": ["Heart of Gold"]}', organization_attribute = 'acme-id'
    WHERE external_id = 'p-42';
    INSERT INTO shell.user_names SELECT p.id, n.* FROM shell.identity_providers p, (VALUES
      ('p-42', '000000000000001 e1', 'zaphod', 'zaphod@acme.example'),
      ('p-42', '000000000000002 e2', 'trillian', NULL),
      ('other', '000000000000003 e3', 'zaphod', 'other@acme.example')
    ) n WHERE p.slug = 'default';
    INSERT INTO shell.linked_identities
    SELECT id, 'p-42', 'google', 'beta-google-id', 'zaphod@gmail.example', true, '000000000000001 e1'
    FROM shell.identity_providers WHERE slug = 'default';
    INSERT INTO shell.group_members SELECT id, 'p-42', 'g1', true, '000000000000001 e1'
    FROM shell.identity_providers WHERE slug = 'default';
    INSERT INTO shell.membership_facts (identity_provider_id, source, organization_external_id, stamp, is_member,
      user_external_id, by_name, username, email)
    SELECT p.id, 'keycloak', m.* FROM shell.identity_providers p, (VALUES
      ('acme-id', '000000000000004 e4', true, 'p-42', true, 'trillian', 'zaphod@acme.example'),
      ('acme-id', '000000000000005 e5', true, 'other', true, 'zaphod', 'other@acme.example'),
      ('acme-id', '000000000000006 e6', true, NULL, true, 'zaphod', 'zaphod@new.example')
    ) m WHERE p.slug = 'default';
    INSERT INTO shell.webhook_events (identity_provider_id, source, id, inbox_id, type, occurred_at, facts, status,
      waits_for)
    SELECT p.id, 'keycloak', e.id, gen_random_uuid(), 'a', to_timestamp(e.at / 1000.0), e.facts::jsonb, e.status,
      e.waits_for
    FROM shell.identity_providers p, (VALUES
      ('e1', 1, '[{"kind": "user", "user": "p-42", "creates": true, "username": "Arthur", "last_name": "Beeblebrox"},
        {"kind": "login", "user": "p-42"}]', 'applied', NULL::text[]),
      ('e3', 3, '[{"kind": "user", "user": "other", "creates": true, "username": "ford"}]', 'applied', NULL),
      ('e4', 4, '[{"kind": "organization", "organization": "acme-id", "alias": "acme"}, {"kind": "membership",
        "organization": "acme-id", "member": true, "username": "trillian", "email": "zaphod@acme.example"}]',
        'applied', NULL),
      ('e5', 5, '[{"kind": "membership", "organization": "acme-id", "member": true, "username": "zaphod",
        "email": "other@acme.example"}]', 'applied', NULL),
      ('e6', 6, '[{"kind": "membership", "organization": "acme-id", "member": true, "username": "zaphod",
        "email": "zaphod@new.example"}]', 'waiting', ARRAY['name:zaphod']),
      ('e7', 7, '[{"kind": "membership", "organization": "acme-id", "member": true, "username": "arthur"}]',
        'ignored', NULL),
      ('e8', 8, '[{"kind": "membership", "organization": "acme-id", "member": true, "username": "unheard-of",
        "email": "zaphod@acme.example"}]', 'ignored', NULL)
    ) e(id, at, facts, status, waits_for) WHERE p.slug = 'default'"#;

/// A Shell with all this data about a person of acme and globex, who is an editor in both.
fn knowing() -> Shell {
    let shell = Shell::start();
    let row = r#"zaphod,zaphod@acme.example,Zaphod Beeblebrox,p-42,"{""seat"": ""Beeblebrox""}""#;
    let text = format!("{USERS_HEADER}acme,{row}\nglobex,{row}\n");
    let folder = Folder::of(&shell.setup().environment, &[("users.csv", &text)]);
    shell.setup().job("seed", Some(&folder), &[]).unwrap();
    for organization in ["acme", "globex"] {
        let member = "/v1/roles/editor/members/p-42";
        acting(&shell, organization, "PUT", member)
            .send()
            .expect(201);
    }
    shell.database().as_superuser().batch_execute(TOLD).unwrap();
    shell
}

/// The rows with a text, in any case, in all tables but the trail's.
fn rows_with(shell: &Shell, text: &str) -> Vec<String> {
    let mut database = shell.database().as_superuser();
    let tables = "SELECT relname FROM pg_class WHERE relnamespace = 'shell'::regnamespace
        AND relkind IN ('r', 'p') AND NOT relname LIKE 'audit\\_log%'";
    let mut found = Vec::new();
    for table in database.query(tables, &[]).unwrap() {
        let table: String = table.get(0);
        let query =
            format!("SELECT t::text FROM shell.{table} t WHERE strpos(lower(t::text), $1) > 0");
        for row in database.query(&query, &[&text]).unwrap() {
            found.push(format!("{table}: {}", row.get::<_, String>(0)));
        }
    }
    found
}

fn facts(shell: &Shell, id: &str) -> (Value, String, Option<String>) {
    let query = "SELECT facts, status, reason FROM shell.webhook_events WHERE id = $1";
    let mut database = shell.database().as_superuser();
    let row = database.query_one(query, &[&id]).unwrap();
    (row.get(0), row.get(1), row.get(2))
}

#[test]
fn nothing_personal_is_left() {
    let shell = knowing();
    let names = [
        "trillian",
        "arthur",
        "beeblebrox",
        "zaphod@",
        "heart of gold",
        "beta-google-id",
        "unheard-of",
    ];
    for name in names {
        assert_ne!(
            rows_with(&shell, name),
            [""; 0],
            "{name}: nothing would be proved"
        );
    }
    check(&shell, "p-42", "write", true);
    delete(&shell, "acme", "/v1/users/p-42?everywhere=true").expect(204);
    for name in names {
        assert_eq!(rows_with(&shell, name), [""; 0], "{name}");
    }
    // Data about other users stays, and events stay without the personal data.
    let other = rows_with(&shell, "zaphod");
    assert!(other.iter().all(|row| row.contains("other")), "{other:?}");
    assert_eq!(other.len(), 3, "{other:?}");
    let erased = Some("user_erased".to_owned());
    let alias = json!([{"kind": "organization", "organization": "acme-id", "alias": "acme"}]);
    assert_eq!(
        facts(&shell, "e1"),
        (json!([]), "applied".to_owned(), erased.clone())
    );
    assert_eq!(
        facts(&shell, "e4"),
        (alias, "applied".to_owned(), erased.clone())
    );
    assert_eq!(
        facts(&shell, "e6"),
        (json!([]), "ignored".to_owned(), erased)
    );
    assert_eq!(facts(&shell, "e3").2, None);

    check(&shell, "p-42", "write", false);
    for organization in ["acme", "globex"] {
        get(&shell, organization, "/v1/users/p-42").expect_problem(404, "unknown-user");
        let roles = get(&shell, organization, "/v1/users/p-42/roles").json();
        assert_eq!(roles["items"], json!([]));
    }
    let query = "SELECT username, email, display_name, erased_at IS NOT NULL FROM shell.users WHERE external_id = 'p-42'";
    let row = shell
        .database()
        .as_superuser()
        .query_one(query, &[])
        .unwrap();
    let fields: [String; 3] = [0, 1, 2].map(|column| row.get(column));
    assert_eq!(
        (fields, row.get(3)),
        (["p-42", "", "p-42"].map(str::to_owned), true)
    );
}

#[test]
fn what_is_told_later_brings_nothing_back() {
    let shell = knowing();
    delete(&shell, "acme", "/v1/users/p-42?everywhere=true").expect(204);
    let told = json!([
        {"kind": "user", "user": "p-42", "creates": true, "username": "trillian", "email": "zaphod@acme.example"},
        {"kind": "link", "user": "p-42", "alias": "google", "linked": true, "external_id": "beta-google-id"},
        {"kind": "group_member", "group": "g1", "user": "p-42", "member": true},
        {"kind": "membership", "organization": "acme-id", "member": true, "user": "p-42"},
    ]);
    assert_eq!(tell(&shell, "late", 60, &told), "ignored");
    assert_eq!(facts(&shell, "late").0, json!([]));
    get(&shell, "acme", "/v1/users/p-42").expect_problem(404, "unknown-user");
    for name in ["trillian", "zaphod@acme", "beta-google-id"] {
        assert_eq!(rows_with(&shell, name), [""; 0], "{name}");
    }
}

#[test]
fn the_trails_say_who_was_erased_and_by_whom() {
    let shell = knowing();
    let erase = || {
        let request = acting(&shell, "acme", "DELETE", "/v1/users/p-42?everywhere=true");
        request.header("x-request-id", "erasing").send().expect(204)
    };
    erase();
    erase();
    let removed = |organization: &str| {
        let action = format!("{organization} user.removed erasing admin");
        let metadata = json!({"member": true, "roles": ["editor"]});
        (action, json!(["p-42"]), metadata)
    };
    let erased = (
        "platform user.erased erasing admin".to_owned(),
        json!(["p-42"]),
        json!({"provider": "default", "organizations": 2}),
    );
    assert_eq!(
        trail(&shell, "user."),
        [removed("acme"), removed("globex"), erased]
    );
}

#[test]
fn somebody_who_is_not_known_will_not_be() {
    let shell = Shell::start();
    for _ in 0..2 {
        let path = "/v1/users/p-43?everywhere=true";
        delete(&shell, "acme", path).expect(204);
    }
    let query =
        "SELECT count(*) FROM shell.users WHERE external_id = 'p-43' AND erased_at IS NOT NULL";
    let count = || -> i64 {
        shell
            .database()
            .as_superuser()
            .query_one(query, &[])
            .unwrap()
            .get(0)
    };
    assert_eq!(count(), 1);
    // No user can have this name.
    delete(&shell, "acme", "/v1/users/a%00?everywhere=true").expect(204);
    let text = format!("{USERS_HEADER}acme,marvin,marvin@acme.example,Marvin,p-43,\n");
    let folder = Folder::of(&shell.setup().environment, &[("users.csv", &text)]);
    for arguments in [&[][..], &["--update"][..]] {
        shell.setup().job("seed", Some(&folder), arguments).unwrap();
        assert_eq!(rows_with(&shell, "marvin"), [""; 0], "{arguments:?}");
        get(&shell, "acme", "/v1/users/p-43").expect_problem(404, "unknown-user");
    }
    assert_eq!(count(), 1);
}

#[test]
fn the_last_administrator_is_erased_and_that_is_said() {
    let shell = Shell::start();
    let member = "/v1/roles/admin/members/carol";
    acting(&shell, "globex", "PUT", member).send().expect(201);
    // The administrator of platform is a user of acme too, and erases itself.
    let path = "/v1/users/admin?everywhere=true";
    shell.platform("DELETE", path).send().expect(204);
    let headless = |organization: &str| {
        let action = format!("{organization} organization.without_administrator");
        trail(&shell, "organization.without_administrator")
            .iter()
            .filter(|(event, ..)| event.starts_with(&action))
            .count()
    };
    assert_eq!(["acme", "globex", "platform"].map(headless), [1, 0, 1]);
    let output = shell.output();
    // A line can be in both the host's own log and the component's file.
    let warned: BTreeSet<_> = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["warning"] == "no_administrator")
        .map(|line| line["organization"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(Vec::from_iter(warned), ["acme", "platform"]);
    let list = shell.platform("GET", "/v1/users").send();
    list.expect_problem(403, "forbidden");
}

#[test]
fn platform_alone_erases() {
    let shell = Shell::start();
    let path = "/v1/users/bob?everywhere=true";
    let by = |organization: &str, user: &str| shell.request("DELETE", path).by(organization, user);
    by("acme", "admin").send().expect_problem(403, "forbidden");
    let satellite = by("platform", "svc-drive").header("shell-organization", "acme");
    satellite.send().expect_problem(403, "forbidden");
    get(&shell, "acme", "/v1/users/bob").expect(200);
    // A user of platform's own provider, which is bob's provider here.
    by("platform", "admin").send().expect(204);
    get(&shell, "acme", "/v1/users/bob").expect(404);
}
