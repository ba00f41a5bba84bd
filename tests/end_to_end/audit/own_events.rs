//! The Shell's own events: each of its changes is recorded once, in the trail of the organization concerned.

use serde_json::{Value, json};
use tests::{Folder, Setup, Shell, TestDatabase, audit::partitions};

/// An event: its trail, action, actor, request and targets.
type Seen = (String, String, String, Option<String>, Vec<String>);

/// All events except those of reads and of the seed data.
fn seen(database: &TestDatabase) -> Vec<Seen> {
    let query = "SELECT o.slug::text, l.action, concat_ws(' ', l.actor_type, l.actor_id, 'of ' || l.actor_identity_provider),
          l.request_id, l.target_ids
        FROM shell.audit_log l JOIN shell.organizations o ON o.id = l.organization_id
        WHERE l.action NOT IN ('audit_event.read', 'data.seeded') ORDER BY l.created_at";
    let rows = database.as_superuser().query(query, &[]).unwrap();
    let event = |row: &postgres::Row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
    rows.iter().map(event).collect()
}

fn metadata(database: &TestDatabase, action: &str) -> Vec<Value> {
    let query = "SELECT metadata::jsonb FROM shell.audit_log WHERE action = $1 ORDER BY created_at";
    let rows = database.as_superuser().query(query, &[&action]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn by_admin(organization: &str, action: &str, request: &str, target: &str) -> Seen {
    (
        organization.to_owned(),
        action.to_owned(),
        "user admin of default".to_owned(),
        Some(request.to_owned()),
        vec![target.to_owned()],
    )
}

fn change(shell: &Shell, request: &str, method: &str, path: &str, body: Option<&Value>) -> u16 {
    let sent = shell.platform(method, path).header("x-request-id", request);
    let sent = match body {
        Some(body) => sent.json(body),
        None => sent,
    };
    sent.send().status
}

fn app(name: &str) -> Value {
    json!({"name": name, "api_url": "https://notes.example/api", "ui_url": "https://notes.example",
        "status": "available", "metadata": {"team": "blue"}})
}

#[test]
fn changes_of_apps() {
    let shell = Shell::start();
    let path = "/v1/apps/notes";
    let (acme, globex) = (
        "/v1/apps/notes/organizations/acme",
        "/v1/apps/notes/organizations/globex",
    );
    assert_eq!(change(&shell, "r1", "PUT", path, Some(&app("Notes"))), 201);
    assert_eq!(change(&shell, "r2", "PUT", path, Some(&app("Notes"))), 200);
    assert_eq!(change(&shell, "r3", "PUT", path, Some(&app("Ideas"))), 200);
    assert_eq!(change(&shell, "r4", "PUT", acme, None), 201);
    assert_eq!(change(&shell, "r5", "PUT", acme, None), 200);
    assert_eq!(change(&shell, "r6", "PUT", globex, None), 201);
    assert_eq!(change(&shell, "r7", "DELETE", globex, None), 204);
    assert_eq!(change(&shell, "r8", "DELETE", globex, None), 204);
    let lease = json!({"ttl_seconds": 30, "health": "healthy"});
    let heartbeat = "/v1/apps/notes/heartbeat";
    assert_eq!(change(&shell, "r9", "POST", heartbeat, Some(&lease)), 200);
    assert_eq!(change(&shell, "r10", "DELETE", path, None), 204);
    assert_eq!(change(&shell, "r11", "DELETE", path, None), 204);
    assert_eq!(
        seen(shell.database()),
        [
            by_admin("platform", "app.registered", "r1", "notes"),
            by_admin("platform", "app.replaced", "r3", "notes"),
            by_admin("acme", "app.enabled", "r4", "notes"),
            by_admin("globex", "app.enabled", "r6", "notes"),
            by_admin("globex", "app.disabled", "r7", "notes"),
            by_admin("platform", "app.retired", "r10", "notes"),
            by_admin("acme", "app.disabled", "r10", "notes"),
        ]
    );
    let replaced = metadata(shell.database(), "app.replaced");
    assert_eq!(replaced[0]["name"], "Ideas");
    assert_eq!(replaced[0]["metadata"], json!({"team": "blue"}));
}

#[test]
fn changes_of_organizations() {
    let shell = Shell::start();
    let path = "/v1/organizations/initech";
    let content = |plan: &str, email: &str| {
        json!({"name": "Initech", "plan": plan, "billing": {"email": email, "reference": null},
            "domains": [], "status": "active", "identity_provider": "default"})
    };
    let first = content("free", "a@initech.example");
    let second = content("pro", "b@initech.example");
    assert_eq!(change(&shell, "r1", "PUT", path, Some(&first)), 201);
    assert_eq!(change(&shell, "r2", "PUT", path, Some(&first)), 200);
    assert_eq!(change(&shell, "r3", "PUT", path, Some(&second)), 200);
    assert_eq!(
        seen(shell.database()),
        [
            by_admin("platform", "organization.created", "r1", "initech"),
            by_admin("platform", "organization.replaced", "r3", "initech"),
        ]
    );
    let replaced = metadata(shell.database(), "organization.replaced");
    assert_eq!(replaced, [json!({"changed": ["billing", "plan"]})]);
}

#[test]
fn what_is_refused_is_no_event() {
    let shell = Shell::start();
    let put = shell.request("PUT", "/v1/apps/notes").by("acme", "alice");
    put.json(&app("Notes")).send().expect(403);
    let put = shell.platform("PUT", "/v1/apps/drive");
    let put = put.header("if-match", "\"0\"").json(&app("Drive"));
    put.send().expect(412);
    assert!(seen(shell.database()).is_empty());
}

#[test]
fn without_its_event_there_is_no_change() {
    let shell = Shell::start();
    let mut superuser = shell.database().as_superuser();
    for name in partitions(shell.database()) {
        let drop = format!("DROP TABLE shell.{name}");
        superuser.batch_execute(&drop).unwrap();
    }
    assert_eq!(
        change(&shell, "r1", "PUT", "/v1/apps/notes", Some(&app("Notes"))),
        500
    );
    let query = "SELECT count(*) FROM shell.apps WHERE slug = 'notes'";
    let apps: i64 = superuser.query_one(query, &[]).unwrap().get(0);
    assert_eq!(apps, 0);
}

#[test]
fn runs_of_jobs_that_changed_something() {
    let setup = Setup::empty();
    setup.job("migrate", None, &[]).unwrap();
    setup.job("seed", None, &[]).unwrap();
    let database = setup.database();
    let seeded = metadata(database, "data.seeded");
    assert_eq!(seeded.len(), 1, "{seeded:?}");
    assert_eq!(
        seeded[0]["organizations"],
        json!({"added": 3, "changed": 0})
    );
    assert!(seeded[0]["enabled"].as_i64().unwrap() > 0);

    for arguments in [[].as_slice(), &["--update"]] {
        setup.job("seed", None, arguments).unwrap();
    }
    setup.job("migrate", None, &[]).unwrap();
    assert_eq!(metadata(database, "data.seeded").len(), 1);
    assert!(seen(database).is_empty());

    let folder = Folder::copy_of(&setup.environment, "migrations");
    folder.write("V900__later.sql", "SELECT 1;");
    setup.job("migrate", Some(&folder), &[]).unwrap();
    assert_eq!(
        metadata(database, "migrations.applied"),
        [json!({"applied": ["V900__later.sql"]})]
    );
    let (trail, action, actor, request, targets) = seen(database).remove(0);
    assert_eq!(
        [trail, action, actor],
        ["platform", "migrations.applied", "job migrate"]
    );
    assert_eq!((request, targets), (None, Vec::new()));
}
