//! One writer and many concurrent readers; each answer is compared with the changes that were acknowledged before
//! its request.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{Answer, Request, Shell};

/// Longer than all deadlines of a request together, but finite.
const PATIENCE: Duration = Duration::from_secs(6);

/// The timeout of one change while a fault lasts.
const LONGEST_CHANGE: Duration = Duration::from_secs(15);

/// How soon after a fault everything must succeed again.
const RECOVERY: Duration = Duration::from_secs(10);

const PATH: &str = "/v1/apps/drive";

/// The results of a load.
#[derive(Debug, Default)]
pub struct Tally {
    /// Reads answered 200.
    pub reads: u64,
    /// Changes acknowledged.
    pub writes: u64,
    /// Reads and changes answered 503.
    pub unavailable: u64,
    /// Answers that came too late.
    pub hung: u64,
    /// Answers that were false.
    pub wrong: Vec<String>,
}

impl Tally {
    /// Asserts that every answer came in time and was true, and that there were some.
    #[track_caller]
    pub fn expect_truth(self) -> Self {
        assert!(self.wrong.is_empty(), "{self:?}");
        assert_eq!(self.hung, 0, "{self:?}");
        assert!(self.reads > 0 && self.writes > 0, "{self:?}");
        self
    }
}

/// A load with its tokens, which are created while PostgreSQL is available.
pub struct Load<'a> {
    shell: &'a Shell,
    platform: String,
    readers: Vec<(String, bool)>,
    number: AtomicU64,
    acknowledged: Mutex<(u64, String)>,
    over: AtomicBool,
    tally: Mutex<Tally>,
}

impl<'a> Load<'a> {
    /// With so many readers: users of acme, users of platform, and users of platform who act for acme.
    pub fn new(shell: &'a Shell, readers: usize) -> Self {
        let reader = |at: usize| {
            let organization = if at.is_multiple_of(2) {
                "acme"
            } else {
                "platform"
            };
            // To act for another organization, a caller needs the right to do so.
            let is_acting = at % 4 == 1;
            let subject = if is_acting {
                "svc-drive".to_owned()
            } else {
                format!("reader-{at}")
            };
            (shell.token(organization, &subject), is_acting)
        };
        Self {
            shell,
            platform: shell.token("platform", "admin"),
            readers: (0..readers).map(reader).collect(),
            number: AtomicU64::new(0),
            acknowledged: Mutex::default(),
            over: AtomicBool::new(false),
            tally: Mutex::default(),
        }
    }

    /// Reads, writes and sends heartbeats while `fault` runs. Soon after it, a change and a read of each reader
    /// must succeed.
    pub fn during(self, fault: impl FnOnce()) -> Tally {
        self.write(LONGEST_CHANGE);
        thread::scope(|scope| {
            for reader in &self.readers {
                scope.spawn(|| self.repeat(|| _ = self.read(reader)));
            }
            scope.spawn(|| self.repeat(|| self.beat()));
            let writer = scope.spawn(|| self.repeat(|| _ = self.write(LONGEST_CHANGE)));
            // Even if the fault panics; otherwise the other threads would never end.
            let end = End(&self.over);
            fault();
            drop(end);
            writer.join().unwrap();
        });
        self.over.store(false, Ordering::SeqCst);
        let ended = Instant::now();
        let mut recovered = self.write(RECOVERY);
        for reader in &self.readers {
            while !self.read(reader) {
                if ended.elapsed() > RECOVERY {
                    recovered = false;
                    break;
                }
            }
        }
        let mut tally = self.tally.into_inner().unwrap();
        if !recovered {
            let wrong = format!("not everything succeeds {RECOVERY:?} after the fault");
            tally.wrong.push(wrong);
        }
        tally
    }

    fn repeat(&self, work: impl Fn()) {
        while !self.over.load(Ordering::SeqCst) {
            work();
        }
    }

    /// Makes one change, repeated until it is acknowledged. Returns whether it was.
    fn write(&self, patience: Duration) -> bool {
        let number = self.number.fetch_add(1, Ordering::SeqCst) + 1;
        let app = json!({
            "name": format!("{number}"),
            "api_url": "https://drive.example/api",
            "ui_url": "https://drive.example",
            "status": "available",
        });
        let put = || {
            let request = self.shell.request("PUT", PATH).bearing(&self.platform);
            self.sent("PUT", request.json(&app))
        };
        let started = Instant::now();
        while put().is_none() {
            if self.over.load(Ordering::SeqCst) || started.elapsed() > patience {
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.acknowledged.lock().unwrap().0 = number;
        self.tally.lock().unwrap().writes += 1;
        true
    }

    fn beat(&self) {
        let path = format!("{PATH}/heartbeat");
        let request = self.shell.request("POST", &path).bearing(&self.platform);
        let beat = json!({"ttl_seconds": 60, "health": "healthy"});
        if let Some(answer) = self.sent("POST", request.json(&beat)) {
            self.acknowledged.lock().unwrap().1 = lease(&answer.json());
        }
        thread::sleep(Duration::from_millis(50));
    }

    /// Makes one read. Returns whether it succeeded.
    fn read(&self, (token, acting): &(String, bool)) -> bool {
        let (least, least_lease) = self.acknowledged.lock().unwrap().clone();
        let mut request = self.shell.get(PATH).bearing(token);
        if *acting {
            request = request.header("shell-organization", "acme");
        }
        let Some(answer) = self.sent("GET", request) else {
            thread::sleep(Duration::from_millis(20));
            return false;
        };
        let app = answer.json();
        let most = self.number.load(Ordering::SeqCst);
        let number = app["name"].as_str().and_then(|name| name.parse().ok());
        let true_number = number.is_some_and(|number| (least..=most).contains(&number));
        let mut tally = self.tally.lock().unwrap();
        tally.reads += 1;
        if !true_number || lease(&app) < least_lease {
            let status = answer.header("cache-status");
            tally
                .wrong
                .push(format!("{status:?} after {least}, {least_lease}: {app}"));
        }
        true
    }

    /// The answer, if it is a success.
    fn sent(&self, what: &str, request: Request<'_>) -> Option<Answer> {
        let started = Instant::now();
        let answer = request.send();
        let mut tally = self.tally.lock().unwrap();
        if started.elapsed() > PATIENCE {
            tally.hung += 1;
        }
        match answer.status {
            200 | 201 => return Some(answer),
            503 => tally.unavailable += 1,
            status => tally
                .wrong
                .push(format!("{what}: {status} {}", answer.body)),
        }
        None
    }
}

struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// The time at which the app's lease expires; these texts compare like times.
fn lease(app: &Value) -> String {
    app["lease_expires_at"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
