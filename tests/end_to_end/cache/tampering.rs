//! Values that others wrote to Redis are ignored, and do not block requests.

use std::time::Instant;

use tests::{
    Shell,
    redis::{connect, run},
    renaming::{read, rename},
    waiting::{BOUND, pause},
};

use super::replaying::is_kept_again;

#[test]
fn what_others_put_into_redis_is_a_miss() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let (acme, globex) = (
        shell.database().organization("acme"),
        shell.database().organization("globex"),
    );
    let list = |organization: &str, subject: &str| {
        let answer = shell.get("/v1/apps").by(organization, subject).send();
        answer.expect(200)
    };
    let right = list("acme", "alice").body;
    assert_ne!(list("globex", "carol").body, right);
    let [own, other] = [acme, globex].map(|id| format!("discovery:default:{id}:"));

    let pasted: Vec<u8> = run(&mut redis, &["GET", &other]);
    let intact: Vec<u8> = run(&mut redis, &["GET", &own]);
    let flipped = [0, 2, 20, 60, intact.len() - 3].map(|at| {
        let mut value = intact.clone();
        value[at] ^= 1;
        value
    });
    for value in flipped
        .into_iter()
        .chain([pasted, b"".to_vec(), b"9".to_vec()])
    {
        redis::cmd("SET")
            .arg(&own)
            .arg(value)
            .exec(&mut redis)
            .unwrap();
        let answer = list("acme", "alice");
        assert_eq!(answer.body, right);
        assert_ne!(answer.header("cache-status"), Some("shell; hit"));
    }
}

#[test]
fn keys_of_another_type_are_misses_and_hinder_no_change() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    read(&shell);
    let keys: Vec<String> = run(&mut redis, &["KEYS", "*"]);
    for key in &keys {
        run::<()>(&mut redis, &["DEL", key]);
        run::<()>(&mut redis, &["RPUSH", key, "no value"]);
    }
    assert_eq!(rename(&shell, "new"), 200, "{keys:?}");
    assert_eq!(read(&shell), "new");
    is_kept_again(&shell);
}

#[test]
fn a_lease_that_cannot_be_read_is_replaced() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    for key in ["epoch:id", "epoch:mark"] {
        read(&shell);
        run::<()>(&mut redis, &["SET", key, "no value"]);
        let started = Instant::now();
        let status = || {
            let answer = shell.get("/v1/apps").by("acme", "alice").send();
            answer.header("cache-status").unwrap().to_owned()
        };
        while status() != "shell; hit" {
            assert!(started.elapsed() < 2 * BOUND, "{key}: {}", status());
            pause(20);
        }
    }
}

#[test]
fn a_receipt_of_another_token_is_none() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let alice = shell.token("acme", "alice");
    let admin = shell.token("platform", "admin");
    let forged = format!("{}x", &alice[..alice.len() - 4]);
    let mut superuser = shell.database().as_superuser();
    let mut receipt = |token: &str| -> String {
        let query = "SELECT 'receipt:' || encode(sha256($1::text::bytea), 'hex')";
        superuser.query_one(query, &[&token]).unwrap().get(0)
    };
    let list = |token: &str| shell.get("/v1/organizations").bearing(token).send();
    list(&alice).expect(200);
    assert!(list(&admin).expect(200).slugs().len() > 1);
    for (from, to) in [(&admin, &alice), (&admin, &forged), (&alice, &forged)] {
        let sealed: Vec<u8> = run(&mut redis, &["GET", &receipt(from)]);
        assert!(!sealed.is_empty());
        let mut set = redis::cmd("SET");
        set.arg(receipt(to)).arg(sealed).exec(&mut redis).unwrap();
        if to == &alice {
            assert_eq!(list(&alice).slugs(), ["acme"]);
        } else {
            list(&forged).expect_problem(401, "unauthenticated");
        }
    }
}
