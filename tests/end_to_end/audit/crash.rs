//! An acknowledged event is recorded exactly once, however often PostgreSQL is killed meanwhile.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use serde_json::{Value, json};
use tests::{
    Mode, Proxy, Setup, Shell,
    audit::{PATH, new_id},
    redis::{connect, run},
    waiting::pause,
    with_own_postgres,
};

const SENDERS: usize = 64;
const KILLS: usize = 10;

/// What the senders know, by the mark in each event.
#[derive(Default)]
struct Known {
    /// Answered with 201: the answer, and when the request was sent.
    acknowledged: HashMap<String, (Value, SystemTime)>,
    /// Answered with 5xx, and not retried.
    unclear: HashSet<String>,
    /// Answered with 4xx.
    refused: HashSet<String>,
    /// The number acknowledged only by a retry.
    repeated: usize,
    /// Answers that must not occur.
    wrong: Vec<String>,
}

struct Senders<'a> {
    shell: &'a Shell,
    token: String,
    next: AtomicU64,
    over: AtomicBool,
    known: Mutex<Known>,
}

/// A call that is being made.
struct Call {
    marks: Vec<String>,
    body: Value,
    key: Option<String>,
    can_be_repeated: bool,
}

impl Senders<'_> {
    /// One of the kinds of calls in turn: without an id, with an id, with ids in an array, with a key, and an
    /// invalid one.
    fn call(&self) -> Call {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        let mark = |of: usize| format!("{number}-{of}");
        let event = |of: usize| json!({"action": "crash", "outcome": "success", "targets": [{"type": "mark", "id": mark(of)}]});
        let identified = |of: usize| {
            let mut event = event(of);
            event["id"] = json!(new_id());
            event
        };
        let (count, body) = match number % 5 {
            0 | 3 => (1, event(0)),
            1 => (1, identified(0)),
            2 => (3, json!([identified(0), identified(1), identified(2)])),
            _ => (
                2,
                json!([event(0), {"targets": [{"type": "mark", "id": mark(1)}]}]),
            ),
        };
        Call {
            marks: (0..count).map(mark).collect(),
            body,
            key: (number % 5 == 3).then(|| format!("key-{number}")),
            can_be_repeated: matches!(number % 5, 1..=3),
        }
    }

    fn send_until_over(&self) {
        while !self.over.load(Ordering::SeqCst) {
            let call = self.call();
            let started = Instant::now();
            let mut times = 1;
            while !self.settle(&call, times) {
                assert!(
                    started.elapsed() < Duration::from_secs(40),
                    "never answered 201"
                );
                times += 1;
                pause(30);
            }
        }
    }

    /// Makes the call; returns whether it is settled.
    fn settle(&self, call: &Call, times: usize) -> bool {
        let request = self.shell.request("POST", PATH).bearing(&self.token);
        let request = match &call.key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        };
        let asked = SystemTime::now();
        let answer = request.json(&call.body).send();
        let mut known = self.known.lock().unwrap();
        match answer.status {
            201 => {
                let recorded = match answer.json() {
                    Value::Array(recorded) => recorded,
                    one => vec![one],
                };
                let marks = call.marks.iter().cloned();
                let recorded = recorded.into_iter().map(|one| (one, asked));
                known.acknowledged.extend(marks.zip(recorded));
                known.repeated += usize::from(times > 1);
            }
            422 => known.refused.extend(call.marks.iter().cloned()),
            500..=599 if call.can_be_repeated => return false,
            500..=599 => known.unclear.extend(call.marks.iter().cloned()),
            status => known.wrong.push(format!("{status} {}", answer.body)),
        }
        true
    }
}

/// The recorded events for each mark, and when they were recorded.
fn recorded(shell: &Shell) -> HashMap<String, Vec<(Value, SystemTime)>> {
    let query = "SELECT target_ids[1], json_build_object('id', id, 'created_at',
          to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')), created_at
        FROM shell.audit_log WHERE action = 'crash'";
    let mut all = HashMap::<String, Vec<_>>::new();
    for row in shell.database().as_superuser().query(query, &[]).unwrap() {
        all.entry(row.get(0))
            .or_default()
            .push((row.get(1), row.get(2)));
    }
    all
}

#[test]
fn sixty_four_append_while_postgresql_is_killed_ten_times() {
    let (mut postgres, setup) = with_own_postgres(Setup::empty());
    let proxy = Proxy::to(&setup.database().runtime.host);
    let mut shell = setup.variable("database_host", proxy.address()).start();
    let mut redis = connect(&mut shell);
    let senders = Senders {
        shell: &shell,
        token: shell.token("acme", "alice"),
        next: AtomicU64::new(0),
        over: AtomicBool::new(false),
        known: Mutex::default(),
    };
    thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| senders.send_until_over());
        }
        // Even if something below panics; otherwise the senders would never end.
        let over = Over(&senders.over);
        for _ in 0..KILLS {
            pause(600);
            run::<()>(&mut redis, &["FLUSHALL"]);
            // The answers for what is committed now are lost: the retry must find it.
            proxy.set(Mode::Cut);
            pause(20);
            postgres.kill_hard();
            proxy.set(Mode::Pass);
            pause(200);
            postgres.restart().unwrap();
        }
        pause(600);
        drop(over);
    });

    let known = senders.known.into_inner().unwrap();
    let mut recorded = recorded(&shell);
    assert!(known.wrong.is_empty(), "{:?}", known.wrong);
    assert!(known.repeated > 0 && known.refused.len() > KILLS && !known.unclear.is_empty());
    assert!(known.acknowledged.len() > 10 * KILLS);
    let mut found = 0;
    for (mark, (answer, asked)) in &known.acknowledged {
        let there = recorded.remove(mark).unwrap_or_default();
        assert_eq!(there.len(), 1, "{mark} was acknowledged: {there:?}");
        let (recorded, at) = &there[0];
        assert_eq!(recorded, answer, "{mark}");
        found += usize::from(at < asked);
    }
    assert!(found > 0, "no repeat had anything to find");
    for mark in &known.unclear {
        let there = recorded.remove(mark).unwrap_or_default();
        assert!(there.len() <= 1, "{mark}: {there:?}");
    }
    // Nothing is recorded that was refused or never sent.
    assert!(recorded.is_empty(), "{recorded:?}");
    println!(
        "{} acknowledged ({} calls only when repeated, {found} events recorded before that), {} unclear, {} refused",
        known.acknowledged.len(),
        known.repeated,
        known.unclear.len(),
        known.refused.len()
    );
}

/// Sets the flag when it is dropped.
pub struct Over<'a>(pub &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
