//! When a new epoch begins, and when it must not.

use std::{
    thread,
    time::{Duration, Instant},
};

use postgres::Client;
use serde_json::json;
use tests::{
    Shell,
    redis::{connect, run},
    renaming::{read, rename, rename_app, shows_in_time},
};

fn beat(shell: &Shell, slug: &str) -> u16 {
    let path = format!("/v1/apps/{slug}/heartbeat");
    let beat = json!({"ttl_seconds": 60, "health": "healthy"});
    shell.platform("POST", &path).json(&beat).send().status
}

#[test]
fn writers_at_once_begin_none() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let mut epoch = || run::<Vec<u8>>(&mut redis, &["GET", "epoch:id"]);
    read(&shell);
    let before = epoch();
    let (shell, started) = (&shell, Instant::now());
    thread::scope(|scope| {
        for slug in ["drive", "drive", "chat", "analytics"] {
            scope.spawn(move || {
                for number in 0.. {
                    assert_eq!(rename_app(shell, slug, &format!("{slug} {number}")), 200);
                    assert_eq!(beat(shell, slug), 200);
                    if started.elapsed() > Duration::from_secs(3) {
                        break;
                    }
                }
            });
        }
    });
    read(shell);
    assert!(epoch() == before, "a new epoch began");
}

#[test]
fn a_change_that_more_show_than_redis_is_told_of_costs_no_second() {
    let shell = Shell::start();
    let many = "
        WITH made AS (
          INSERT INTO shell.organizations (id, slug, name, plan, identity_provider_id)
          SELECT gen_random_uuid(), 'many-' || number, 'One of many', 'free', p.id
          FROM generate_series(1, 1100) number, shell.identity_providers p
          WHERE p.slug = 'default'
          RETURNING id)
        INSERT INTO shell.app_organizations (organization_id, app_id)
        SELECT made.id, a.id FROM made, shell.apps a WHERE a.slug = 'drive'";
    shell.database().as_superuser().batch_execute(many).unwrap();
    let read = || {
        let answer = shell.get("/v1/apps/drive").by("acme", "alice").send();
        let name = answer.json()["name"].as_str().unwrap().to_owned();
        let status = answer.header("cache-status").unwrap().to_owned();
        (name, status)
    };
    read();
    assert_eq!(read(), ("Drive".into(), "shell; hit".into()));
    assert_eq!(rename(&shell, "renamed"), 200);
    let renamed = |status: &str| ("renamed".to_owned(), status.to_owned());
    assert_eq!(read(), renamed("shell; fwd=miss; stored"));
    assert_eq!(read(), renamed("shell; hit"));
}

fn counter(superuser: &mut Client) -> i64 {
    let query = "SELECT counter FROM shell.changes";
    superuser.query_one(query, &[]).unwrap().get(0)
}

#[test]
fn postgresql_restored_and_changed_as_often_since() {
    let shell = Shell::start();
    let mut superuser = shell.database().as_superuser();
    assert_eq!(rename(&shell, "kept"), 200);
    superuser
        .batch_execute(
            "CREATE TEMPORARY TABLE changes AS SELECT * FROM shell.changes;
             CREATE TEMPORARY TABLE apps AS SELECT * FROM shell.apps",
        )
        .unwrap();
    for name in ["lost", "lost, too", "lost as well"] {
        assert_eq!(rename(&shell, name), 200);
    }
    let lost = counter(&mut superuser);
    assert_eq!(read(&shell), "lost as well");

    superuser
        .batch_execute(
            "UPDATE shell.changes c
             SET counter = k.counter, mark = k.mark, previous_mark = k.previous_mark,
                 transaction_id = k.transaction_id
             FROM changes k;
             UPDATE shell.apps a
             SET name = k.name, version = k.version, updated_at = k.updated_at
             FROM apps k WHERE k.id = a.id",
        )
        .unwrap();
    // These apps are in no catalogue of acme: their writes invalidate nothing that would hide the lost name.
    for name in ["other", "another", "one more"] {
        assert_eq!(rename_app(&shell, "analytics", name), 200);
    }
    assert_eq!(counter(&mut superuser), lost);
    shows_in_time(&shell, "kept");
}
