//! Invariant 9: a timer passes from request to request (`shared/service/src/alarm.rs`), and this makes no wait
//! shorter or longer. It runs for 250 ms, which is also the deadline of Redis.

use std::{
    thread,
    time::{Duration, Instant},
};

use tests::{Mode, Proxy, Setup, Shell, waiting::pause};

/// The time between the request that started a timer and the one that takes it over: from a timer that runs for the
/// whole wait to one that has already ended.
const BEFORE: [u64; 5] = [0, 150, 200, 240, 300];

/// The answer to a list request when Redis takes so long.
fn list(shell: &Shell, proxy: &Proxy, milliseconds: u64) -> String {
    proxy.hold_back("MGET");
    thread::scope(|scope| {
        scope.spawn(|| {
            while !proxy.holds() {
                pause(1);
            }
            pause(milliseconds);
            proxy.release();
        });
        let answer = shell.get("/v1/apps").by("acme", "alice").send();
        answer
            .expect(200)
            .header("cache-status")
            .unwrap()
            .to_owned()
    })
}

#[test]
fn a_redis_that_answers_in_time_is_waited_for() {
    let mut setup = Setup::seeded();
    let proxy = Proxy::to(&setup.redis().url().host);
    let shell = setup.variable("redis_host", proxy.address()).start();
    list(&shell, &proxy, 0);
    for before in BEFORE {
        assert_eq!(list(&shell, &proxy, 0), "shell; hit");
        pause(before);
        assert_eq!(list(&shell, &proxy, 120), "shell; hit", "after {before} ms");
    }
}

#[test]
fn a_redis_that_answers_too_late_is_not() {
    let mut setup = Setup::seeded();
    let proxy = Proxy::to(&setup.redis().url().host);
    let shell = setup.variable("redis_host", proxy.address()).start();
    for before in BEFORE {
        list(&shell, &proxy, 0);
        assert_eq!(list(&shell, &proxy, 0), "shell; hit");
        pause(before);
        let late = list(&shell, &proxy, 400);
        assert_eq!(late, "shell; fwd=bypass", "after {before} ms");
    }
}

/// Timers that end while no request waits, while one does, and at once.
#[test]
fn no_timer_ends_a_request_of_many() {
    let mut setup = Setup::seeded();
    let proxy = Proxy::to(&setup.redis().url().host);
    let shell = setup.variable("redis_host", proxy.address()).start();
    let end = Instant::now() + Duration::from_secs(4);
    let token = shell.token("acme", "alice");
    thread::scope(|scope| {
        for client in 0..24_u64 {
            let (shell, token) = (&shell, &token);
            scope.spawn(move || {
                let mut rest = client;
                while Instant::now() < end {
                    shell.get("/v1/apps").bearing(token).send().expect(200);
                    rest = (rest * 37 + 11) % 300;
                    pause(rest);
                }
            });
        }
        for mode in [Mode::Delay, Mode::Pass].into_iter().cycle().take(8) {
            proxy.set(mode);
            pause(450);
        }
    });
    proxy.set(Mode::Pass);
    let output = shell.output();
    assert!(
        !output.contains("trap") && !output.contains("panicked"),
        "{output}"
    );
}
