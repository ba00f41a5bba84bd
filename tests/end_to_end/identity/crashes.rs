//! Events while PostgreSQL, Redis and the host are killed: a sender that retries what was not accepted loses nothing,
//! and duplicates nothing.

use std::{
    sync::{
        Mutex, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tests::{
    Setup, Shell, WEBHOOK, event,
    identity::{named, reset},
    own_redis, signature, user_created,
    waiting::pause,
    with_own_postgres,
};

use super::state::state;

const USERS: usize = 60;
const SENDERS: usize = 8;

/// The events of each user, in order.
fn events() -> Vec<Value> {
    let group = event(
        "admin.GROUP-CREATE",
        json!({"resourcePath": "groups/editors", "representation": r#"{"name":"editors"}"#}),
    );
    let of_each = (0..USERS).flat_map(|number| {
        let user = format!("user-{number}");
        let email = format!("{user}@acme.example");
        let created = json!({"username": user, "email": email, "firstName": "A", "enabled": true});
        let named = json!({"username": user, "email": email});
        [
            user_created(&user, &created),
            event(
                "admin.USER-UPDATE",
                json!({"resourcePath": format!("users/{user}"), "details": named,
                    "representation": json!({"lastName": "B"}).to_string()}),
            ),
            event(
                "admin.ORGANIZATION_MEMBERSHIP-CREATE",
                json!({"resourcePath": "organizations/A/members", "details": named,
                    "representation": r#"{"id":"A","alias":"acme"}"#}),
            ),
            event(
                "admin.GROUP_MEMBERSHIP-CREATE",
                json!({"resourcePath": format!("users/{user}/groups/editors"), "details": named}),
            ),
        ]
    });
    std::iter::once(group).chain(of_each).collect()
}

/// The status of the answer to a delivery, if there was an answer.
fn deliver(agent: &ureq::Agent, url: &str, secret: &str, event: &Value) -> Option<u16> {
    let body = event.to_string();
    let request = agent
        .post(format!("{url}{WEBHOOK}"))
        .header("content-type", "application/json")
        .header("x-keycloak-signature", signature(secret, &body));
    let answer = request.send(body).ok()?;
    Some(answer.status().as_u16())
}

/// The result of the events without any disturbance.
fn undisturbed(events: &[Value]) -> Value {
    let shell = Setup::seeded().realm("veni").start();
    reset(shell.database());
    named(shell.database());
    for event in events {
        shell.deliver(event).expect(202);
    }
    state(shell.database())
}

fn kept(shell: &Shell) -> i64 {
    let mut client = shell.database().as_superuser();
    let query = "SELECT count(*) FROM shell.webhook_events WHERE status = 'applied'";
    client.query_one(query, &[]).unwrap().get(0)
}

#[test]
fn what_is_sent_again_is_neither_lost_nor_doubled() {
    let events = events();
    let expected = undisturbed(&events);
    let (mut postgres, setup) = with_own_postgres(Setup::empty());
    let mut redis = own_redis(&setup.environment);
    let setup = setup.variable("redis_host", redis.url().host);
    let shell = setup.realm("veni").start();
    reset(shell.database());
    named(shell.database());
    let secret = shell.setup().value("keycloak_webhook_secret");
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .new_agent();
    let host = RwLock::new(shell.another_host());
    let waiting = Mutex::new(events.clone());
    let (taken, again) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                while taken.load(Ordering::SeqCst) < events.len() {
                    let Some(event) = waiting.lock().unwrap().pop() else {
                        pause(5);
                        continue;
                    };
                    let url = host.read().unwrap().url().to_owned();
                    if deliver(&agent, &url, secret, &event) == Some(202) {
                        taken.fetch_add(1, Ordering::SeqCst);
                    } else {
                        again.fetch_add(1, Ordering::SeqCst);
                        waiting.lock().unwrap().insert(0, event);
                        pause(20);
                    }
                }
            });
        }
        for round in 0..3 {
            pause(150);
            postgres.kill_hard();
            pause(100);
            postgres.restart().unwrap();
            pause(150);
            redis.kill_hard();
            pause(100);
            redis.restart().unwrap();
            pause(150);
            let mut host = host.write().unwrap();
            host.kill();
            *host = shell.another_host();
            println!("round {round}: {} taken", taken.load(Ordering::SeqCst));
        }
    });
    assert!(again.load(Ordering::SeqCst) > 0, "nothing was sent again");
    assert_eq!(state(shell.database()), expected);
    assert_eq!(kept(&shell), i64::try_from(events.len()).unwrap());
}
