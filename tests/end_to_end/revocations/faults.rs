//! Revocations under load, whatever happens to the stores: revoked callers are refused, and others are served as long
//! as a store can confirm that they are not revoked.

use std::{
    sync::{Mutex, atomic::AtomicBool},
    thread,
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde_json::json;
use tests::{
    RedisSnapshot, Setup, Shell, Signer, own_redis,
    redis::{connect_to, run},
    waiting::{BOUND, pause},
    with_own_postgres,
};

use super::{
    load::{Load, Over, Tally},
    revoked::{Bearer, Revocation, is_of_one_token},
};

/// The number of other revocations in force.
const OTHERS: i32 = 10_000;

/// Each kind of revocation.
const KINDS: [&str; 8] = [
    "token",
    "token_id",
    "session",
    "sessionless",
    "subject",
    "client",
    "organization",
    "provider",
];

/// Those kinds that revoke the tokens of one bearer only.
const OF_ONE: [&str; 6] = [
    "token",
    "token_id",
    "session",
    "sessionless",
    "subject",
    "client",
];

const CONNECTIONS: usize = 8;

/// The order of the curve P-256.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The same token with the second valid signature of ES256: s and the curve's order minus s are equally valid.
fn with_other_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = BASE64.decode(signature).unwrap();
    let mut borrowed = 0;
    for (digit, of_order) in signature[32..].iter_mut().zip(ORDER).rev() {
        let left = i16::from(of_order) - i16::from(*digit) - borrowed;
        borrowed = i16::from(left < 0);
        *digit = left.rem_euclid(256).try_into().unwrap();
    }
    format!("{signed}.{}", BASE64.encode(signature))
}

/// Tokens that are revoked, each by one revocation, and others that are not.
struct World {
    revocations: Vec<Revocation>,
    revoked: Vec<String>,
    standing: Vec<String>,
}

impl World {
    fn new(shell: &Shell, signer: &Signer, name: &str, kinds: &[&str]) -> Self {
        let mut world = Self {
            revocations: Vec::new(),
            revoked: Vec::new(),
            standing: Vec::new(),
        };
        for kind in kinds {
            let organization = if *kind == "organization" {
                "globex"
            } else {
                "acme"
            };
            let mut bearer = Bearer::new(shell, organization, &format!("{name}-{kind}"));
            if *kind == "sessionless" {
                bearer.session = None;
            }
            let claims = bearer.claims(shell, 60);
            let token = signer.sign(&claims);
            let mut revocations = bearer.revocations(&token, &claims).into_iter();
            let mut revocation = revocations.find(|one| one.kind == *kind).unwrap();
            // A token issued later is valid, such as the next token of the same session.
            let mut after = claims.clone();
            after["jti"] = json!(format!("{name}-{kind}-after"));
            after["iat"] = json!(claims["iat"].as_u64().unwrap() + 1);
            world.standing.push(signer.sign(&after));
            if *kind == "provider" {
                // This would refuse everybody, if it were not another provider's.
                revocation.provider = "partner";
                world.standing.push(token);
            } else {
                world.revoked.push(with_other_signature(&token));
                world.revoked.push(token);
                if !is_of_one_token(&revocation) {
                    let mut unseen = claims;
                    unseen["x"] = json!("another");
                    world.revoked.push(signer.sign(&unseen));
                }
            }
            world.revocations.push(revocation);
        }
        world
    }
}

/// Adds revocations of tokens that nobody uses here, and writes half of them to Redis.
fn revoke_others(database: &mut postgres::Client, redis: &mut redis::Connection) {
    let bulk =
        "SELECT count(shell.revoke((NULL, p.id, 'subject', 'other-' || number, NULL, now(), NULL,
        'a test', NULL, NULL)::shell.revocations))
      FROM shell.identity_providers p, generate_series(1, $1::int) number WHERE p.slug = 'default'";
    let mut transaction = database.transaction().unwrap();
    transaction
        .query("SELECT shell.lock_changes()", &[])
        .unwrap();
    transaction.query(bulk, &[&OTHERS]).unwrap();
    transaction
        .query("SELECT shell.next_change()", &[])
        .unwrap();
    transaction.commit().unwrap();
    let mut told = redis::pipe();
    for number in 0..OTHERS / 2 {
        let key = format!("revoked:default:subject:other-{number}");
        told.cmd("SET")
            .arg(key)
            .arg("2000000000")
            .arg("EX")
            .arg(600);
    }
    told.exec(redis).unwrap();
}

#[test]
fn who_was_revoked_is_never_served_whatever_happens_to_the_stores() {
    let signer = Signer::p256("one");
    let jwks = json!({ "keys": [signer.jwk()] }).to_string();
    let (mut postgres, setup) = with_own_postgres(Setup::empty());
    let mut server = own_redis(&setup.environment);
    let shell = setup
        .variable("oidc_jwks", jwks)
        .variable("redis_host", server.url().host)
        .start();
    let mut redis = connect_to(&server.url());
    let mut database = shell.database().as_superuser();
    let partner =
        "INSERT INTO shell.identity_providers (id, slug) VALUES (gen_random_uuid(), 'partner')";
    database.batch_execute(partner).unwrap();
    let early = World::new(&shell, &signer, "early", &KINDS);
    let late = World::new(&shell, &signer, "late", &OF_ONE);
    // All of them have receipts, which must become invalid.
    let serve = |tokens: &[String]| {
        for token in tokens {
            shell.get("/v1/apps").bearing(token).send().expect(200);
        }
    };
    serve(&early.revoked);
    revoke_others(&mut database, &mut redis);
    for (number, revocation) in early.revocations.iter().enumerate() {
        revocation.commit(&mut database);
        if number % 2 == 0 {
            revocation.tell(&mut redis);
        }
    }
    // The time after which a revocation that is missing in Redis is detected.
    thread::sleep(BOUND);

    let standing = early.standing.iter().chain(&late.standing);
    let load = Load {
        shell: &shell,
        revoked: Mutex::new(early.revoked.clone()),
        standing: standing.cloned().collect(),
        over: AtomicBool::new(false),
        tally: Mutex::default(),
    };
    load.settle();
    thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let load = &load;
            scope.spawn(move || load.repeat(connection));
        }
        let over = Over(&load.over);
        let met = |what: &str, is_served: bool| {
            let tally = std::mem::take(&mut *load.tally.lock().unwrap());
            assert_eq!(tally.allowed, [""; 0], "{what}: {tally:?}");
            assert_eq!(tally.wrong, [""; 0], "{what}: {tally:?}");
            assert!(tally.refused > 0, "{what}: {tally:?}");
            assert_eq!(tally.served > 0, is_served, "{what}: {tally:?}");
        };
        let forget = || *load.tally.lock().unwrap() = Tally::default();
        let recovered = |what: &str| {
            load.settle();
            met(what, true);
        };
        pause(500);
        met("nothing happened", true);

        for _ in 0..10 {
            run::<()>(&mut redis, &["FLUSHALL"]);
            pause(50);
        }
        recovered("Redis flushed");

        for _ in 0..2 {
            server.kill_hard();
            pause(500);
            server.restart().unwrap();
            pause(300);
        }
        recovered("Redis killed and started again");

        let mut redis = connect_to(&server.url());
        serve(&late.revoked);
        let snapshot = RedisSnapshot::of(&mut redis);
        assert!(snapshot.holds("receipt:"));
        for revocation in &late.revocations {
            revocation.commit(&mut database);
            revocation.tell(&mut redis);
        }
        snapshot.restore(&mut redis);
        // The bound for a Redis that fell behind; meanwhile its older data must not be used.
        thread::sleep(BOUND);
        load.revoked.lock().unwrap().extend(late.revoked.clone());
        recovered("a snapshot restored");

        server.stop();
        pause(1_000);
        met("Redis stopped", true);
        server.restart().unwrap();
        recovered("Redis started");

        // Revocations in Redis refuse tokens without PostgreSQL; no receipt of another token lets a revoked one in.
        let mut redis = connect_to(&server.url());
        for revocation in early.revocations.iter().step_by(2) {
            revocation.tell(&mut redis);
        }
        postgres.kill_hard();
        pause(1_500);
        met("PostgreSQL killed", true);
        server.kill_hard();
        // Requests that were in flight when the second store went down.
        pause(500);
        forget();
        pause(1_000);
        let both_away = std::mem::take(&mut *load.tally.lock().unwrap());
        assert_eq!(
            (both_away.refused, both_away.served),
            (0, 0),
            "{both_away:?}"
        );
        assert_eq!(both_away.allowed, [""; 0], "{both_away:?}");
        server.restart().unwrap();
        postgres.restart().unwrap();
        recovered("both back");
        drop(over);
    });
}
