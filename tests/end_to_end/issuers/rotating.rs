//! Key rotations, under load and with forged key ids: a genuine token is never refused.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tests::{
    Answer, IssuerServer, Proxy, Setup, Shell, Signer,
    issuers::{expect_later, in_the_end, trusting},
    redis::{calls, connect, count, run},
    waiting::pause,
};
use uuid::Uuid;
use xtask::host::Server;

use super::finding::apps;

/// The time until a refresh is granted again, and that of a request.
const GRANTED: Duration = Duration::from_secs(22);

/// The maximum age of an instance's copy, in addition.
const COPY: Duration = Duration::from_secs(11);

/// Genuine tokens, each new and signed with the current key; and the answers other than 200.
struct Genuine<'a> {
    shell: &'a Shell,
    issuer: &'a IssuerServer,
    acme: Uuid,
    over: AtomicBool,
    answered: AtomicU64,
    others: Mutex<Vec<(Instant, Answer)>>,
}

impl<'a> Genuine<'a> {
    fn of(shell: &'a Shell, issuer: &'a IssuerServer) -> Self {
        Self {
            shell,
            issuer,
            acme: shell.database().organization("acme"),
            over: AtomicBool::new(false),
            answered: AtomicU64::new(0),
            others: Mutex::default(),
        }
    }

    fn ask(&self, host: &Server) {
        let mut number = 0;
        while !self.over.load(Ordering::SeqCst) {
            number += 1;
            let token = self.issuer.token_of(self.acme, &format!("user-{number}"));
            let request = self.shell.request_at(host, "GET", "/v1/apps");
            let answer = request.bearing(&token).send();
            if answer.status == 200 {
                self.answered.fetch_add(1, Ordering::SeqCst);
            } else {
                self.others.lock().unwrap().push((Instant::now(), answer));
                pause(20);
            }
        }
    }

    /// Sends requests while the work is done, on two hosts.
    fn during(&self, askers: usize, work: impl FnOnce()) {
        let hosts = [self.shell.another_host(), self.shell.another_host()];
        thread::scope(|scope| {
            for host in hosts.iter().cycle().take(askers) {
                scope.spawn(|| self.ask(host));
            }
            work();
            self.over.store(true, Ordering::SeqCst);
        });
        assert!(self.answered.load(Ordering::SeqCst) > 0);
    }
}

#[test]
fn a_rotation_under_load_refuses_nobody() {
    let (issuer, shell) = trusting();
    apps(&shell, &issuer.token(&shell, "acme", "alice")).expect(200);
    let genuine = Genuine::of(&shell, &issuer);
    genuine.during(8, || {
        pause(500);
        issuer.rotate(Signer::ed25519("second"));
        // By then, the next refresh is granted.
        pause(21_000);
        issuer.rotate(Signer::ed25519("third"));
        pause(1_000);
    });
    let others = genuine.others.into_inner().unwrap();
    assert!(others.is_empty(), "{others:?}");
    assert_eq!(issuer.fetched().len(), 3, "{:?}", issuer.fetched());
}

#[test]
fn a_rotation_among_forged_names_counts_within_20_s_and_asks_the_issuer_seldom() {
    let (issuer, shell) = trusting();
    apps(&shell, &issuer.token(&shell, "acme", "alice")).expect(200);
    let genuine = Genuine::of(&shell, &issuer);
    let forger = Signer::ed25519("forged");
    let rotated = Mutex::new(Vec::new());
    let forged = AtomicU64::new(0);
    let forging = || {
        while !genuine.over.load(Ordering::SeqCst) {
            let number = forged.fetch_add(1, Ordering::SeqCst);
            let header = serde_json::json!({"alg": "EdDSA", "typ": "JWT", "kid": format!("forged-{number}")});
            let token = forger.sign_with(&header, &issuer.claims_of(genuine.acme, "mallory"));
            let answer = apps(&shell, &token);
            assert!(matches!(answer.status, 401 | 503), "{answer:?}");
        }
    };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(forging);
        }
        genuine.during(3, || {
            pause(3_000);
            for kid in ["second", "third"] {
                rotated.lock().unwrap().push(Instant::now());
                issuer.rotate(Signer::ed25519(kid));
                pause(23_000);
            }
        });
    });
    assert!(forged.into_inner() > 100);
    for (time, answer) in genuine.others.into_inner().unwrap() {
        expect_later(&answer);
        let rotated = rotated.lock().unwrap();
        let last = rotated.iter().rfind(|rotated| **rotated <= time);
        let waited = time - *last.expect("after a rotation");
        assert!(
            waited < Duration::from_millis(20_500),
            "{waited:?}: {answer:?}"
        );
    }
    // The first fetch is not counted.
    let fetched = issuer.fetched();
    for (at, time) in fetched.iter().enumerate().skip(1) {
        let minute = fetched[at..].iter();
        let within = minute.take_while(|later| **later - *time < Duration::from_secs(60));
        assert!(within.count() <= 3, "{fetched:?}");
    }
}

#[test]
fn a_name_may_be_used_again_by_another_key() {
    let (issuer, shell) = trusting();
    let acme = shell.database().organization("acme");
    let old = issuer.signer();
    let before = old.sign(&issuer.claims_of(acme, "alice"));
    apps(&shell, &before).expect(200);
    issuer.publish(vec![Signer::ed25519("first")]);
    // The first refresh after the first set is granted at once.
    apps(&shell, &issuer.token_of(acme, "alice")).expect(200);
    let (answer, _) = in_the_end(GRANTED, || {
        apps(&shell, &old.sign(&issuer.claims_of(acme, "bob")))
    });
    answer.expect_problem(401, "unauthenticated");
    let (answer, _) = in_the_end(GRANTED, || apps(&shell, &before));
    answer.expect_problem(401, "unauthenticated");
    apps(&shell, &issuer.token_of(acme, "carol")).expect(200);
}

#[test]
fn what_the_fetched_set_lacks_is_refused_without_asking_anybody() {
    let issuer = IssuerServer::start();
    let setup = Setup::seeded().trusting(&issuer);
    let postgresql = Proxy::to(&setup.database().runtime.host);
    let shell = setup
        .variable("database_host", postgresql.address())
        .start();
    let acme = shell.database().organization("acme");
    apps(&shell, &issuer.token_of(acme, "alice")).expect(200);
    let forger = Signer::ed25519("nobody");
    let ask = || apps(&shell, &forger.sign(&issuer.claims_of(acme, "alice")));
    let (answer, _) = in_the_end(GRANTED, ask);
    answer.expect_problem(401, "unauthenticated");
    let fetched = issuer.fetched().len();

    for function in ["claim_key_refresh", "find_identity_providers"] {
        postgresql.hold_back(function);
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(8) {
            ask().expect_problem(401, "unauthenticated");
            pause(50);
        }
        assert!(!postgresql.holds(), "PostgreSQL was asked");
    }
    assert_eq!(issuer.fetched().len(), fetched);
}

#[test]
fn receipts_survive_a_rotation_and_end_with_their_key() {
    let (issuer, mut shell) = trusting();
    let mut redis = connect(&mut shell);
    let acme = shell.database().organization("acme");
    let old = issuer.token_of(acme, "alice");
    for _ in 0..3 {
        apps(&shell, &old).expect(200);
    }
    issuer.rotate(Signer::ed25519("second"));
    for _ in 0..3 {
        apps(&shell, &issuer.token_of(acme, "bob")).expect(200);
    }
    assert_eq!(issuer.fetched().len(), 2);
    apps(&shell, &old).expect(200);
    run::<()>(&mut redis, &["CONFIG", "RESETSTAT"]);
    for _ in 0..50 {
        apps(&shell, &old).expect(200);
    }
    let calls = calls(&mut redis);
    assert_eq!(count(&calls, "mget"), 50, "{calls:?}");
    // No receipt is written again. A comparison of the epoch, which may become due meanwhile, sets its result in a
    // script, and so does its claim.
    assert!(count(&calls, "set") <= count(&calls, "eval"), "{calls:?}");

    issuer.publish(vec![Signer::ed25519("third")]);
    let new = issuer.token_of(acme, "bob");
    let (answer, _) = in_the_end(GRANTED, || apps(&shell, &new));
    answer.expect(200);
    let started = Instant::now();
    while apps(&shell, &old).status == 200 {
        assert!(started.elapsed() < COPY, "it outlives its key");
        pause(100);
    }
    let (answer, _) = in_the_end(GRANTED, || apps(&shell, &old));
    answer.expect_problem(401, "unauthenticated");
}
