//! A realm's key is rotated while its tokens are in use.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tests::{Keycloak, Shell, Signer};
use xtask::{issuer::Claims, keycloak::Admin};

/// The priorities of keys; the realm's first one has 100.
const FIRST: u32 = 200;
const SECOND: u32 = 300;

/// How long it may take until new tokens are accepted while forged tokens make the Shell fetch keys, too.
const COUNTS_WITHIN: Duration = Duration::from_secs(20);

/// A key that signs until it is dropped. Tokens that it signed stay valid: other tests use tokens of the realm.
struct Rotated {
    admin: Admin,
    path: String,
}

impl Drop for Rotated {
    fn drop(&mut self) {
        let mut key = self.admin.get(&self.path).unwrap().unwrap();
        key["config"]["active"] = json!(["false"]);
        self.admin.change("PUT", &self.path, Some(&key)).unwrap();
    }
}

fn rotate(keycloak: &Keycloak, priority: u32) -> Rotated {
    Rotated {
        path: keycloak.rotate(priority),
        admin: keycloak.admin(),
    }
}

/// The status of a request, and whether the answer has a `Retry-After`.
fn ask(shell: &Shell, token: &str) -> (u16, bool) {
    let answer = shell.get("/v1/apps").bearing(token).send();
    (answer.status, answer.header("retry-after").is_some())
}

/// Sends requests with older tokens and with new ones, several at once, for this time.
fn load(keycloak: &Keycloak, shell: &Shell, lasting: Duration) -> Vec<(Duration, u16, bool)> {
    let begun = Instant::now();
    let one = || {
        let before = keycloak.service_token("svc-drive");
        let mut seen = Vec::new();
        while begun.elapsed() < lasting {
            let now = keycloak.service_token("svc-hrm");
            for token in [&now, &before] {
                let (status, later) = ask(shell, token);
                seen.push((begun.elapsed(), status, later));
            }
        }
        seen
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(one)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    })
}

#[test]
fn a_rotation_refuses_nobody() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let _alone = keycloak.rotating();
    let shell = keycloak.setup().start();
    assert_eq!(ask(&shell, &keycloak.service_token("svc-drive")).0, 200);
    let seen = thread::scope(|scope| {
        let load = scope.spawn(|| load(&keycloak, &shell, Duration::from_secs(8)));
        thread::sleep(Duration::from_secs(2));
        let rotated = rotate(&keycloak, FIRST);
        let seen = load.join().unwrap();
        drop(rotated);
        seen
    });
    assert!(seen.len() > 50, "{}", seen.len());
    let refused: Vec<_> = seen
        .iter()
        .filter(|(_, status, _)| *status != 200)
        .collect();
    assert!(refused.is_empty(), "{refused:?} of {}", seen.len());
}

#[test]
fn a_rotation_counts_soon_under_a_rain_of_forged_names() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let _alone = keycloak.rotating();
    let shell = keycloak.setup().start();
    assert_eq!(ask(&shell, &keycloak.service_token("svc-drive")).0, 200);
    let lasting = Duration::from_secs(35);
    let seen = thread::scope(|scope| {
        let shell = &shell;
        let keycloak = &keycloak;
        let rain = scope.spawn(move || {
            let begun = Instant::now();
            let mut number = 0;
            while begun.elapsed() < lasting {
                number += 1;
                let organization = shell.database().organization("acme").to_string();
                let claims = Claims {
                    iss: keycloak.access.issuer(),
                    ..Claims::new(&organization, "alice", Duration::from_secs(300)).unwrap()
                };
                let forged = Signer::ed25519(&format!("forged-{number}")).sign(&claims);
                let (status, later) = ask(shell, &forged);
                assert!(status == 401 || (status == 503 && later), "{status}");
                thread::sleep(Duration::from_millis(50));
            }
        });
        let load = scope.spawn(move || load(keycloak, shell, lasting));
        thread::sleep(Duration::from_secs(3));
        let rotated = rotate(keycloak, SECOND);
        let seen = load.join().unwrap();
        drop(rotated);
        rain.join().unwrap();
        seen
    });
    let waiting: Vec<_> = seen
        .iter()
        .filter(|(_, status, _)| *status != 200)
        .collect();
    assert!(
        waiting
            .iter()
            .all(|(_, status, later)| *status == 503 && *later),
        "{waiting:?}"
    );
    if let (Some((first, ..)), Some((last, ..))) = (waiting.first(), waiting.last()) {
        assert!(*last - *first < COUNTS_WITHIN, "{waiting:?}");
    }
}
