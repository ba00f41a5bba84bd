//! Invariants 3, 4 and 9 under load: whatever happens to a store, no answer is wrong and none hangs.

use std::{
    thread,
    time::{Duration, Instant},
};

use tests::{
    Load, Mode, Proxy, RedisSnapshot, Setup, Shell, on_own_postgres, own_redis,
    redis::{connect, run},
    renaming::{read, rename, shows_in_time},
    waiting::{BOUND, pause},
};

#[test]
fn sixteen_read_while_one_writes() {
    let shell = Shell::start();
    let tally = Load::new(&shell, 16).during(|| pause(3_000)).expect_truth();
    assert_eq!(tally.unavailable, 0, "{tally:?}");
}

#[test]
fn redis_flushed() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let flushing = || {
        for _ in 0..30 {
            run::<()>(&mut redis, &["FLUSHALL"]);
            pause(50);
        }
    };
    let tally = Load::new(&shell, 8).during(flushing).expect_truth();
    assert_eq!(tally.unavailable, 0, "{tally:?}");
}

#[test]
fn redis_stopped_under_load_and_back() {
    let setup = Setup::seeded();
    let mut redis = own_redis(&setup.environment);
    let shell = setup.variable("redis_host", redis.url().host).start();
    let stopping = || {
        for _ in 0..2 {
            pause(300);
            redis.kill_hard();
            pause(500);
            redis.restart().unwrap();
        }
        pause(300);
    };
    let tally = Load::new(&shell, 8).during(stopping).expect_truth();
    assert!(tally.unavailable > 0, "{tally:?}");
}

#[test]
fn redis_slower_than_its_deadline() {
    let mut setup = Setup::seeded();
    let proxy = Proxy::to(&setup.redis().url().host);
    let shell = setup.variable("redis_host", proxy.address()).start();
    let slowing = || {
        for mode in [Mode::Pass, Mode::Delay, Mode::Pass] {
            proxy.set(mode);
            pause(1_500);
        }
    };
    let tally = Load::new(&shell, 8).during(slowing).expect_truth();
    assert!(tally.unavailable > 0, "{tally:?}");
}

#[test]
fn redis_that_answers_errors() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    run::<()>(
        &mut redis,
        &["ACL", "SETUSER", "admin", "on", "nopass", "~*", "+@all"],
    );
    run::<()>(&mut redis, &["AUTH", "admin", "any"]);
    let failing = || {
        for rights in ["+@all", "-@all", "+@all"] {
            run::<()>(&mut redis, &["ACL", "SETUSER", "default", rights]);
            pause(700);
        }
    };
    let tally = Load::new(&shell, 8).during(failing).expect_truth();
    assert!(tally.unavailable > 0, "{tally:?}");
}

#[test]
fn redis_that_is_full() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let filling = || {
        for limit in ["0", "1", "0"] {
            run::<()>(&mut redis, &["CONFIG", "SET", "maxmemory", limit]);
            pause(700);
        }
    };
    let tally = Load::new(&shell, 8).during(filling).expect_truth();
    assert!(tally.unavailable > 0, "{tally:?}");
}

#[test]
fn a_full_redis_is_not_believed_for_longer_than_others() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    read(&shell);
    run::<()>(&mut redis, &["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(rename(&shell, "changed"), 503);
    shows_in_time(&shell, "changed");
}

#[test]
fn redis_restored_from_a_snapshot() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    assert_eq!(rename(&shell, "old"), 200);
    assert_eq!(read(&shell), "old");
    let snapshot = RedisSnapshot::of(&mut redis);
    let kept = |start| snapshot.holds(start);
    assert!(kept("epoch:id") && kept("epoch:mark") && kept("discovery:"));
    for writes in [1, 3] {
        for write in 1..=writes {
            assert_eq!(rename(&shell, &format!("new {write} of {writes}")), 200);
        }
        let new = format!("new {writes} of {writes}");
        assert_eq!(read(&shell), new);
        snapshot.restore(&mut redis);
        shows_in_time(&shell, &new);
    }
}

/// The bound counts from the restore, not from the first request after it.
#[test]
fn redis_restored_and_left_alone() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    for readers in [1, 8] {
        let old = format!("old, {readers} read");
        assert_eq!(rename(&shell, &old), 200);
        assert_eq!(read(&shell), old);
        let snapshot = RedisSnapshot::of(&mut redis);
        let new = format!("new, {readers} read");
        assert_eq!(rename(&shell, &new), 200);
        snapshot.restore(&mut redis);
        pause(1_100);
        thread::scope(|scope| {
            for _ in 0..readers {
                scope.spawn(|| assert_eq!(read(&shell), new));
            }
        });
    }
}

#[test]
fn postgresql_stopped_under_load_and_back() {
    let (mut postgres, shell) = on_own_postgres(Setup::empty());
    let stopping = || {
        pause(500);
        postgres.stop();
        pause(1_500);
        postgres.restart().unwrap();
        pause(500);
    };
    let tally = Load::new(&shell, 8).during(stopping).expect_truth();
    assert!(tally.unavailable > 0, "{tally:?}");
}

#[test]
fn a_slow_reader_does_not_undo_a_fast_writer() {
    let mut setup = Setup::seeded();
    let proxy = Proxy::to(&setup.redis().url().host);
    let mut shell = setup.variable("redis_host", proxy.address()).start();
    let mut redis = connect(&mut shell);
    let acme = shell.database().organization("acme");
    let key = format!("discovery:default:{acme}:");
    let hold_back_a_fill = |old: &str| {
        assert_eq!(rename(&shell, old), 200);
        // Holds back what this reader has read, on its way to Redis. Only a fill contains this text.
        proxy.hold_back("local counter, kept");
        assert_eq!(read(&shell), old);
        assert!(proxy.holds());
    };

    // Without a change in between, it is stored, however late it arrives.
    hold_back_a_fill("unchanged");
    let mut stands = || run::<usize>(&mut redis, &["STRLEN", &key]);
    let tombstone = stands();
    proxy.release();
    let started = Instant::now();
    while stands() == tombstone {
        assert!(started.elapsed() < 2 * BOUND);
        pause(5);
    }

    for filled_before in [false, true] {
        hold_back_a_fill(&format!("old {filled_before}"));
        let new = format!("new {filled_before}");
        assert_eq!(rename(&shell, &new), 200);
        if filled_before {
            assert_eq!(read(&shell), new);
        }
        proxy.release();
        let started = Instant::now();
        while started.elapsed() < Duration::from_millis(500) {
            assert_eq!(read(&shell), new);
        }
    }
}
