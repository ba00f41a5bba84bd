//! Reading a trail forwards while PostgreSQL crashes and recovers, and while a synchronous standby takes over.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{
    Mode, Proxy, Setup, Shell,
    audit::{PATH, event, identified, ids, new_id},
    follows, on_postgres_at, own_postgres,
    sql::caller,
    synchronous_standby,
    waiting::pause,
};
use xtask::{connection::StoreUrl, services::Postgres};

use super::{
    crash::Over,
    following::{Follower, SLOW},
};

/// Longer than PostgreSQL is ever unavailable here.
const PATIENCE: Duration = Duration::from_secs(40);

/// Makes one call after the other, each until it is answered with 201; returns the ids of the recorded events.
fn append_until(
    over: &AtomicBool,
    shell: &Shell,
    call: impl Fn() -> (Value, String),
) -> Vec<String> {
    let token = shell.token("acme", "alice");
    let mut all = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let (body, key) = call();
        let begun = Instant::now();
        loop {
            let request = shell.request("POST", PATH).bearing(&token);
            let answer = request.header("idempotency-key", &key).json(&body).send();
            if answer.status == 201 {
                all.extend(match answer.json() {
                    Value::Array(recorded) => ids(&recorded),
                    one => ids(&[one]),
                });
                break;
            }
            assert!(answer.status >= 500, "{} {}", answer.status, answer.body);
            assert!(begun.elapsed() < PATIENCE, "never answered 201");
            pause(30);
        }
        pause(20);
    }
    all
}

#[test]
fn nothing_is_missed_over_a_crash_and_a_failover() {
    let environment = Setup::empty().environment.clone();
    let mut primary = own_postgres(&environment);
    let proxy = Proxy::to(&primary.superuser().host);
    let through = StoreUrl {
        host: proxy.address().to_owned(),
        ..primary.superuser()
    };
    let setup = on_postgres_at(&through, environment);
    let standby = synchronous_standby(&setup.environment, &primary);
    let shell = setup.start();
    let acme = caller(shell.database().organization("acme"));
    let over = AtomicBool::new(false);
    let one = || (identified(&new_id()), new_id());
    let thousand = || (json!(vec![event(); 1_000]), new_id());
    let (mut follower, sent) = thread::scope(|scope| {
        let small = scope.spawn(|| append_until(&over, &shell, one));
        let large = scope.spawn(|| append_until(&over, &shell, thousand));
        let following = scope.spawn(|| {
            let mut follower = Follower::new(&shell, "limit=500");
            while !over.load(Ordering::SeqCst) {
                follower.poll(&shell);
                pause(20);
            }
            follower
        });
        // Even if something below panics; otherwise the other threads would never end.
        let done = Over(&over);
        // Each time, one call in flight is never committed, with a lower position than others that were.
        let crash = |primary: &mut Postgres| {
            pause(1_000);
            let mut unfinished = shell.database().as_runtime();
            unfinished.batch_execute("BEGIN").unwrap();
            unfinished.query_one(SLOW, &[&acme]).unwrap();
            pause(500);
            proxy.set(Mode::Cut);
            primary.kill_hard();
        };
        crash(&mut primary);
        proxy.set(Mode::Pass);
        primary.restart().unwrap();
        follows(&primary);
        crash(&mut primary);
        let mut promoting = standby.superuser().connect().unwrap();
        promoting.execute("SELECT pg_promote()", &[]).unwrap();
        proxy.lead_to(&standby.superuser().host);
        proxy.set(Mode::Pass);
        pause(2_000);
        drop(done);
        let sent = [small.join().unwrap(), large.join().unwrap()].concat();
        (following.join().unwrap(), sent)
    });
    follower.catch_up(&shell);
    assert!(follower.refused() > 0, "it did not notice anything");
    follower.has_seen_all(&shell, &sent);
    println!(
        "{} events, {} polls refused",
        follower.seen().len(),
        follower.refused()
    );
}
