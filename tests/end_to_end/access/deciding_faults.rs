//! Decisions under load: a right that one request revoked is refused from the next request on, a right that was not
//! revoked is never refused, and no decision is wrong whatever happens to Redis.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{
    RedisSnapshot, Setup, Shell,
    decisions::{ONE, question},
    own_redis,
    redis::{connect, run},
    waiting::{BOUND, pause},
};
use xtask::host::Server;

const MEMBER: &str = "/v1/roles/viewer/members/taken";
const ROLE: &str = "/v1/roles/reviewer";

/// What is asked all the time: about alice, whose roles nobody changes, and about two other users: one of them holds a
/// role at times, and for the other, the role's permissions change.
#[derive(Clone, Copy, Debug, PartialEq)]
enum About {
    Alice,
    TheAssigned,
    ThePermitted,
}

/// How often something was changed, and how often that was acknowledged. After an even number of changes, the right is
/// revoked.
#[derive(Default)]
struct Changes {
    begun: AtomicU64,
    acknowledged: AtomicU64,
}

struct Deciding<'a> {
    shell: &'a Shell,
    hosts: Vec<&'a Server>,
    satellite: String,
    administrator: String,
    assigned: Changes,
    permitted: Changes,
    over: AtomicBool,
    wrong: Mutex<Vec<String>>,
    decided: AtomicU64,
    unavailable: AtomicU64,
}

impl<'a> Deciding<'a> {
    fn new(shell: &'a Shell, hosts: Vec<&'a Server>) -> Self {
        let deciding = Self {
            shell,
            hosts,
            satellite: shell.token("platform", "svc-drive"),
            administrator: shell.token("platform", "admin"),
            assigned: Changes::default(),
            permitted: Changes::default(),
            over: AtomicBool::new(false),
            wrong: Mutex::default(),
            decided: AtomicU64::new(0),
            unavailable: AtomicU64::new(0),
        };
        assert_eq!(deciding.send("PUT", ROLE, Some(&role(false))), 201);
        let member = format!("{ROLE}/members/permitted");
        assert_eq!(deciding.send("PUT", &member, Some(&json!({}))), 201);
        deciding
    }

    /// The status of the answer to an administrator's request.
    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> u16 {
        let request = self.shell.request(method, path);
        let request = request.bearing(&self.administrator);
        let request = request.header("shell-organization", "acme");
        match body {
            Some(body) => request.json(body).send().status,
            None => request.send().status,
        }
    }

    /// Changes something again and again, each time until it is acknowledged.
    fn change(&self, changes: &Changes, send: impl Fn(bool) -> u16) {
        while !self.over.load(Ordering::SeqCst) {
            let number = changes.begun.fetch_add(1, Ordering::SeqCst) + 1;
            while !matches!(send(number % 2 == 1), 200 | 201 | 204) {
                if self.over.load(Ordering::SeqCst) {
                    return;
                }
                pause(10);
            }
            changes.acknowledged.store(number, Ordering::SeqCst);
            // A pause between two changes.
            pause(15);
        }
    }

    fn ask(&self, host: &Server, about: About) {
        let (user, changes) = match about {
            About::Alice => ("alice", None),
            About::TheAssigned => ("taken", Some(&self.assigned)),
            About::ThePermitted => ("permitted", Some(&self.permitted)),
        };
        let before = changes.map(|changes| changes.acknowledged.load(Ordering::SeqCst));
        let request = self.shell.request_at(host, "POST", ONE);
        let request = request.bearing(&self.satellite);
        let request = request.header("shell-organization", "acme");
        let answer = request.json(&question(user, "read")).send();
        let after = changes.map(|changes| changes.begun.load(Ordering::SeqCst));
        match answer.status {
            200 => self.decided.fetch_add(1, Ordering::SeqCst),
            503 => {
                pause(10);
                self.unavailable.fetch_add(1, Ordering::SeqCst);
                return;
            }
            status => panic!("{status} {}", answer.body),
        };
        // While it changes, either decision is correct.
        if before == after {
            let expected = before.is_none_or(|number| number % 2 == 1);
            let decided = answer.json()["decision"] == true;
            if decided != expected {
                let told = format!("{about:?}: {decided} after {before:?} changes");
                self.wrong.lock().unwrap().push(told);
            }
        }
    }

    /// 16 threads ask while two change the policy and a fault lasts. No decision may be wrong.
    #[track_caller]
    fn during(self, fault: impl FnOnce()) -> Self {
        thread::scope(|scope| {
            for at in 0..16 {
                let host = self.hosts[at % self.hosts.len()];
                let abouts = [About::Alice, About::TheAssigned, About::ThePermitted];
                let about = abouts[at / 2 % abouts.len()];
                let this = &self;
                scope.spawn(move || {
                    while !this.over.load(Ordering::SeqCst) {
                        this.ask(host, about);
                    }
                });
            }
            scope.spawn(|| {
                self.change(&self.assigned, |holds| match holds {
                    true => self.send("PUT", MEMBER, Some(&json!({}))),
                    false => self.send("DELETE", MEMBER, None),
                })
            });
            scope.spawn(|| {
                self.change(&self.permitted, |permits| {
                    self.send("PUT", ROLE, Some(&role(permits)))
                })
            });
            fault();
            self.over.store(true, Ordering::SeqCst);
        });
        let wrong = self.wrong.lock().unwrap();
        assert!(wrong.is_empty(), "{} wrong: {wrong:?}", wrong.len());
        drop(wrong);
        let decided = self.decided.load(Ordering::SeqCst);
        let assigned = self.assigned.acknowledged.load(Ordering::SeqCst);
        let permitted = self.permitted.acknowledged.load(Ordering::SeqCst);
        assert!(decided > 100 && assigned > 4 && permitted > 4);
        self
    }
}

fn role(permits: bool) -> Value {
    let effect = if permits { "allow" } else { "deny" };
    let permission = json!({"resource_type": "document", "resource_id": "*", "action": "read",
        "effect": effect});
    json!({"name": "Reviewer", "permissions": [permission]})
}

#[test]
fn sixteen_ask_at_two_hosts_while_roles_change() {
    let shell = Shell::start();
    let (one, other) = (shell.another_host(), shell.another_host());
    let deciding = Deciding::new(&shell, vec![&one, &other]).during(|| pause(4_000));
    assert_eq!(deciding.unavailable.load(Ordering::SeqCst), 0);
}

#[test]
fn redis_flushed() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let host = shell.another_host();
    let flushing = || {
        for _ in 0..30 {
            run::<()>(&mut redis, &["FLUSHALL"]);
            pause(60);
        }
    };
    let deciding = Deciding::new(&shell, vec![&host]).during(flushing);
    assert_eq!(deciding.unavailable.load(Ordering::SeqCst), 0);
}

#[test]
fn redis_stopped_and_back() {
    let setup = Setup::seeded();
    let mut redis = own_redis(&setup.environment);
    let shell = setup.variable("redis_host", redis.url().host).start();
    let host = shell.another_host();
    Deciding::new(&shell, vec![&host]).during(|| {
        for _ in 0..2 {
            pause(500);
            redis.kill_hard();
            pause(500);
            redis.restart().unwrap();
        }
        pause(500);
    });
}

/// Redis gets its data of before the change back: it is believed for no longer than the bound.
#[test]
fn redis_restored_from_a_snapshot() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let ask = |expected: bool| {
        let request = shell.request("POST", ONE).by("platform", "svc-drive");
        let request = request.header("shell-organization", "acme");
        let answer = request.json(&question("bob", "read")).send().expect(200);
        answer.json()["decision"] == expected
    };
    let change = |method: &str| {
        let request = shell.platform(method, "/v1/roles/viewer/members/bob");
        let answer = request.header("shell-organization", "acme").send();
        assert!(matches!(answer.status, 200 | 201 | 204), "{answer:?}");
    };
    assert!(ask(true));
    let snapshot = RedisSnapshot::of(&mut redis);
    assert!(snapshot.holds("policy:acme:bob") && snapshot.holds("access:"));
    change("DELETE");
    assert!(ask(false));
    snapshot.restore(&mut redis);
    let started = Instant::now();
    while started.elapsed() < 2 * BOUND {
        let asked = started.elapsed();
        assert!(ask(false) || asked < BOUND, "allowed after {asked:?}");
        thread::sleep(Duration::from_millis(20));
    }
}
