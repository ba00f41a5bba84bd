//! The cost of decisions in the steady state: one round trip to Redis, and nothing from PostgreSQL.

use serde_json::{Value, json};
use tests::{
    Answer, Proxy, Setup, Shell,
    decisions::{ONE, SEVERAL, ask, question},
    redis::{calls, connect, count, run},
};

struct Steady {
    shell: Shell,
    postgresql: Proxy,
    redis: redis::Connection,
}

impl Steady {
    fn start() -> Self {
        let setup = Setup::seeded();
        let postgresql = Proxy::to(&setup.database().runtime.host);
        let address = postgresql.address().to_owned();
        let mut shell = setup.variable("database_host", address).start();
        let redis = connect(&mut shell);
        Self {
            shell,
            postgresql,
            redis,
        }
    }

    /// Asks until everything is cached, then counts the reads of Redis per request.
    #[track_caller]
    fn check(&mut self, path: &str, body: &Value, looks: u64) {
        self.check_asked(body, looks, |shell| ask(shell, path, body));
    }

    #[track_caller]
    fn check_asked(&mut self, body: &Value, looks: u64, ask: impl Fn(&Shell) -> Answer) {
        const TIMES: u64 = 50;
        for _ in 0..3 {
            ask(&self.shell).expect(200);
        }
        self.postgresql.hold_back("shell.find_");
        run::<()>(&mut self.redis, &["CONFIG", "RESETSTAT"]);
        for _ in 0..TIMES {
            ask(&self.shell).expect(200);
        }
        let calls = calls(&mut self.redis);
        assert_eq!(count(&calls, "mget"), TIMES * looks, "{body}");
        assert!(!self.postgresql.holds(), "PostgreSQL was asked");
        // From here on, requests may use PostgreSQL again.
        self.postgresql.hold_back("what no statement has");
    }
}

fn about(of_type: &str, id: &str) -> Value {
    let mut question = question("alice", "write");
    question["resource"] = json!({"type": of_type, "id": id});
    question
}

#[test]
fn a_decision_costs_one_look() {
    let mut steady = Steady::start();
    steady.check(ONE, &question("alice", "read"), 1);
    steady.check(ONE, &question("nobody", "read"), 1);
    // No line that could match reads an attribute of the resource.
    steady.check(ONE, &about("invoice", "1"), 1);
}

/// Also if the caller may read the reason, which depends on the caller's own rights.
#[test]
fn a_decision_about_oneself_costs_one_look() {
    let mut steady = Steady::start();
    for user in ["alice", "admin"] {
        let body = question(user, "read");
        steady.check_asked(&body, 1, |shell| {
            let request = shell.request("POST", ONE).by("acme", user);
            request.json(&body).send()
        });
    }
}

#[test]
fn several_cost_two_looks() {
    let mut steady = Steady::start();
    let items = (0..100).map(|number| {
        let user = if number % 2 == 0 { "alice" } else { "bob" };
        question(user, "read")
    });
    let batch = json!({"evaluations": items.collect::<Vec<_>>()});
    steady.check(SEVERAL, &batch, 2);
}

#[test]
fn what_is_stored_of_a_resource_costs_one_more() {
    let mut steady = Steady::start();
    steady.check(ONE, &about("document", "budget-2024"), 2);
    // This one is not stored either; that fact is cached.
    steady.check(ONE, &about("document", "unknown"), 2);
    let items = [about("document", "handbook"), about("document", "unknown")];
    steady.check(SEVERAL, &json!({"evaluations": items}), 3);
}

#[test]
fn of_a_type_that_is_not_stored_nothing_is_asked() {
    let mut steady = Steady::start();
    let mut database = steady.shell.database().as_superuser();
    let none = "DELETE FROM shell.resources WHERE type = 'document'";
    database.execute(none, &[]).unwrap();
    steady.check(ONE, &about("document", "budget-2024"), 1);
    let keys: Vec<String> = run(&mut steady.redis, &["KEYS", "resource:*"]);
    assert_eq!(keys, [] as [&str; 0]);
}
