//! Events about sessions, users and clients that ended, as the database stores them.

use serde_json::{Value, json};
use tests::{
    Dice, Setup, TestDatabase,
    facts::{Told, ago, created, receive, receive_event, tell},
    identity::reset,
    sql::execute,
};
use uuid::Uuid;

use super::state::state;

/// The revocations of the provider `default`, each with the seconds since its cut-off, rounded to tens.
fn revoked(database: &TestDatabase) -> Vec<(String, Option<i64>)> {
    let statement = "SELECT r.kind || ' ' || r.value, CASE WHEN r.cut_off_at <> 'infinity' THEN
          (round(extract(epoch FROM now() - r.cut_off_at) / 10) * 10)::bigint END
        FROM shell.revocations r JOIN shell.identity_providers p ON p.id = r.identity_provider_id
        WHERE p.slug = 'default' ORDER BY 1";
    let rows = database.as_superuser().query(statement, &[]).unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

fn row(what: &str, ago: i64) -> (String, Option<i64>) {
    (what.to_owned(), Some(ago))
}

fn changes(database: &TestDatabase) -> i64 {
    let statement = "SELECT counter FROM shell.changes";
    let row = database.as_superuser().query_one(statement, &[]);
    row.unwrap().get(0)
}

fn session(session: &str, user: Option<&str>) -> Value {
    let mut fact = json!({"kind": "revocation", "scope": "session", "session": session});
    if let Some(user) = user {
        fact["user"] = json!(user);
    }
    fact
}

fn all_of(user: &str) -> Value {
    json!({"kind": "revocation", "scope": "subject", "user": user})
}

fn client(client: &str, client_id: Option<&str>, ended: bool) -> Value {
    let mut fact = json!({"kind": "client", "client": client, "ended": ended});
    if let Some(client_id) = client_id {
        fact["client_id"] = json!(client_id);
    }
    fact
}

fn replay(database: &TestDatabase) {
    let statement = "SELECT applied FROM shell.replay_events(1000, NULL)";
    database.as_owner().query_one(statement, &[]).unwrap();
}

#[test]
fn each_ends_what_it_names_at_its_time() {
    let setup = Setup::seeded();
    let database = setup.database();
    tell(database, 100, &[session("s1", Some("a"))]);
    tell(database, 200, &[session("s2", None)]);
    tell(database, 300, &[all_of("b")]);
    tell(
        database,
        400,
        &[json!({"kind": "revocation", "scope": "token_id", "token_id": "j"})],
    );
    tell(
        database,
        500,
        &[json!({"kind": "revocation", "scope": "provider"})],
    );
    tell(database, 600, &[client("c", Some("web"), true)]);
    tell(
        database,
        700,
        &[json!({"kind": "client", "client_id": "drive", "ended": true})],
    );
    assert_eq!(
        revoked(database),
        [
            row("client drive", 700),
            row("client web", 600),
            row("provider ", 500),
            row("session s1", 100),
            row("session s2", 200),
            row("sessionless a", 100),
            row("subject b", 300),
            ("token_id j".to_owned(), None),
        ]
    );
}

#[test]
fn what_is_late_ends_nothing_that_began_after_it() {
    let setup = Setup::seeded();
    let database = setup.database();
    tell(database, 100, &[all_of("a")]);
    let before = changes(database);
    let late = tell(database, 300, &[all_of("a")]);
    assert_eq!(revoked(database), [row("subject a", 100)]);
    // It is not a change, but is written to Redis nevertheless: the writer of the other may have failed before that.
    assert_eq!(changes(database), before);
    let told = late.touched.unwrap()["revocations"].clone();
    assert_eq!(
        (&told[0]["kind"], &told[0]["value"]),
        (&json!("subject"), &json!("a"))
    );
    let change = late.change.unwrap();
    assert_eq!(
        (&change["counter"], &change["marks"]),
        (&json!(before), &Value::Null)
    );
    tell(database, 50, &[all_of("a")]);
    assert_eq!(revoked(database), [row("subject a", 50)]);
    assert_eq!(changes(database), before + 1);
}

#[test]
fn a_clock_that_is_ahead_ends_no_more_than_tokens_may_be() {
    let setup = Setup::seeded();
    let database = setup.database();
    let ahead = Told::new("e", ago(0) + 200_000, &[all_of("a")]);
    assert_eq!(
        receive(&mut database.as_runtime(), &ahead).status,
        "applied"
    );
    assert_eq!(revoked(database), [row("subject a", -30)]);
}

#[test]
fn tokens_of_a_moment_or_later_count_where_a_provider_sets_one() {
    let setup = Setup::seeded();
    let database = setup.database();
    let not_before = ago(0) / 1_000 - 1_000;
    tell(
        database,
        10,
        &[json!({"kind": "not_before", "not_before": not_before})],
    );
    let mut of_client = client("c", Some("web"), false);
    of_client["not_before"] = json!(not_before);
    tell(database, 10, &[of_client]);
    let statement = "SELECT count(*) FROM shell.revocations
        WHERE kind IN ('provider', 'client') AND cut_off_at = to_timestamp($1::bigint)";
    let cut_off = i64::try_from(not_before).unwrap() - 1;
    let row = database.as_superuser().query_one(statement, &[&cut_off]);
    assert_eq!(row.unwrap().get::<_, i64>(0), 2);
}

#[test]
fn whoever_speaks_for_a_provider_ends_nothing_of_another() {
    let setup = Setup::seeded();
    let database = setup.database();
    execute(
        database,
        "INSERT INTO shell.identity_providers (id, slug, issuer, audience)
         VALUES (gen_random_uuid(), 'partner', 'https://id.example/realms/partner', 'shell')",
    );
    let facts = json!([all_of("a"), session("s", Some("a")), client("c", Some("web"), true),
        {"kind": "revocation", "scope": "provider"}]);
    let statement =
        "SELECT status FROM shell.receive_event('partner', 'keycloak', gen_random_uuid(),
        jsonb_build_object('id', 'e', 'type', 't', 'time', $2::bigint, 'facts', $1::jsonb))";
    let time = i64::try_from(ago(1_000)).unwrap();
    let mut runtime = database.as_runtime();
    let row = runtime.query_one(statement, &[&facts, &time]).unwrap();
    assert_eq!(row.get::<_, String>(0), "applied");
    assert_eq!(revoked(database), []);
    // The names of another provider's clients are not known either.
    let ended = Told::new("f", ago(1_000), &[client("c", None, true)]);
    let outcome = receive(&mut runtime, &ended);
    assert_eq!(outcome.reason.as_deref(), Some("unknown_client"));
}

#[test]
fn who_is_gone_is_cut_off_all_the_same() {
    let setup = Setup::seeded();
    let database = setup.database();
    execute(
        database,
        "UPDATE shell.identity_providers SET password_reset_ends_sessions = true WHERE slug = 'default'",
    );
    for user in ["zoe", "yan"] {
        tell(database, 900, &[created(user, json!({}))]);
    }
    let deleted = json!({"kind": "user_deleted", "user": "zoe"});
    tell(database, 800, &[deleted, all_of("zoe")]);
    execute(
        database,
        "UPDATE shell.users SET erased_at = now() WHERE external_id = 'yan'",
    );
    assert_eq!(revoked(database), [row("subject zoe", 800)]);
    for user in ["zoe", "yan"] {
        let disabled = json!({"kind": "user", "user": user, "creates": true, "enabled": false});
        let outcome = tell(database, 300, &[disabled, all_of(user)]);
        assert_eq!(outcome.status, "applied");
    }
    assert_eq!(
        revoked(database),
        [row("subject yan", 300), row("subject zoe", 300)]
    );
    let reset = json!({"kind": "password_reset", "user": "zoe"});
    assert_eq!(tell(database, 200, &[reset]).status, "applied");
    assert_eq!(
        revoked(database),
        [row("subject yan", 300), row("subject zoe", 200)]
    );
    // The stored event names nobody.
    let kept =
        "SELECT count(*) FROM shell.webhook_events WHERE facts @? '$[*] ? (@.kind == \"user\")'";
    let row = database.as_superuser().query_one(kept, &[]).unwrap();
    assert_eq!(row.get::<_, i64>(0), 2);
}

#[test]
fn a_password_that_is_reset_ends_sessions_where_that_is_wanted() {
    let setup = Setup::seeded();
    let database = setup.database();
    let reset = json!({"kind": "password_reset", "user": "a"});
    let outcome = tell(database, 60, std::slice::from_ref(&reset));
    assert_eq!(
        (outcome.status.as_str(), outcome.touched),
        ("applied", None)
    );
    assert_eq!(revoked(database), []);
    execute(
        database,
        "UPDATE shell.identity_providers SET password_reset_ends_sessions = true WHERE slug = 'default'",
    );
    tell(database, 30, &[reset]);
    assert_eq!(revoked(database), [row("subject a", 30)]);
}

#[test]
fn a_client_of_which_nothing_was_told_is_ended_once_it_is_known() {
    let setup = Setup::seeded();
    let database = setup.database();
    let event =
        json!({"id": "e", "type": "t", "time": ago(300_000), "facts": [client("c", None, true)]});
    let mut runtime = database.as_runtime();
    for _ in 0..2 {
        let outcome = receive_event(&mut runtime, &event);
        assert_eq!(outcome.status, "failed");
        assert_eq!(outcome.reason.as_deref(), Some("unknown_client"));
        assert_eq!(outcome.touched, None);
    }
    replay(database);
    assert_eq!(revoked(database), []);
    tell(database, 60, &[client("c", Some("web"), false)]);
    assert_eq!(revoked(database), []);
    replay(database);
    assert_eq!(revoked(database), [row("client web", 300)]);
    assert_eq!(receive_event(&mut runtime, &event).status, "applied");
    // It ends under every name that it had, whichever event arrives first.
    tell(database, 400, &[client("c", Some("former"), false)]);
    tell(database, 30, &[client("c", None, true)]);
    assert_eq!(
        revoked(database),
        [row("client former", 30), row("client web", 30)]
    );
}

#[test]
fn any_order_of_what_is_told_of_clients_gives_what_the_true_one_gives() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut runtime = database.as_runtime();
    for world in 0..40 {
        let mut dice = Dice(world);
        let start = ago(3_600_000);
        let mut events = Vec::new();
        for number in 0..14 {
            let which = *dice.pick(&["c1", "c2", "c3"]);
            let name = *dice.pick(&[Some("web"), Some("drive"), None]);
            let fact = client(which, name, name.is_none() || dice.percent(30));
            events.push(Told::new(
                &format!("e{number}"),
                start + number * 1_000,
                &[fact],
            ));
        }
        let mut expected = None;
        for round in 0..4 {
            reset(database);
            let order = match round {
                0 => events.clone(),
                _ => dice.shuffled(&events),
            };
            for told in &order {
                receive(&mut runtime, told);
            }
            replay(database);
            let found = state(database);
            let expected = expected.get_or_insert_with(|| found.clone());
            assert_eq!(&found, expected, "world {world}, round {round}: {order:#?}");
        }
    }
}

#[test]
fn an_event_that_names_an_unknown_end_fails_and_changes_nothing() {
    let setup = Setup::seeded();
    let database = setup.database();
    let facts = [
        all_of("a"),
        json!({"kind": "revocation", "scope": "everything"}),
    ];
    let told = Told::new(&Uuid::now_v7().to_string(), ago(1_000), &facts);
    assert_eq!(receive(&mut database.as_runtime(), &told).status, "failed");
    assert_eq!(revoked(database), []);
}
