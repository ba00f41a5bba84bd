//! A client that reads acme's trail forwards continuously, as a forwarder does, and checks what it has received.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use tests::{
    Shell,
    audit::{PATH, ids, items},
    waiting::pause,
};

/// Longer than anything can delay an event here.
const PATIENCE: Duration = Duration::from_secs(60);

/// Appends to the trail of `p_caller`'s organization as the component does, in a transaction that stays open.
pub(crate) const SLOW: &str = "SELECT shell.record_audit_event($1, '8123456789abcdef', '{}',
    '{NULL,file.slow,user,alice,NULL,[],success,NULL,NULL,NULL,NULL,\"{}\"}')";

/// The events of files that have been read so far, by id, in the order of arrival.
pub(crate) struct Follower {
    token: String,
    query: String,
    cursor: Option<String>,
    seen: Vec<String>,
    refused: usize,
}

impl Follower {
    pub(crate) fn new(shell: &Shell, query: &str) -> Self {
        Self {
            token: shell.token("platform", "admin"),
            query: format!("order=asc&action=file.*&{query}"),
            cursor: None,
            seen: Vec::new(),
            refused: 0,
        }
    }

    pub(crate) fn seen(&self) -> &[String] {
        &self.seen
    }

    /// The number of calls that were refused because PostgreSQL was unreachable.
    pub(crate) fn refused(&self) -> usize {
        self.refused
    }

    /// Requests the next page. If the answer is not a page, the request is repeated the next time.
    pub(crate) fn poll(&mut self, shell: &Shell) {
        let after = self.cursor.as_ref();
        let after = after.map_or(String::new(), |cursor| format!("&cursor={cursor}"));
        let path = format!("{PATH}?{}{after}", self.query);
        let request = shell.get(&path).bearing(&self.token);
        let page = request.header("shell-organization", "acme").send();
        if page.status == 503 {
            self.refused += 1;
            return;
        }
        self.seen.extend(ids(&items(&page)));
        let next = page.json()["next_cursor"].as_str().map(str::to_owned);
        self.cursor = Some(next.expect("a walk forwards has no end"));
    }

    /// Reads on until everything that exists now has been read, however long other transactions delay it.
    pub(crate) fn catch_up(&mut self, shell: &Shell) {
        let begun = Instant::now();
        let mut missing: HashSet<_> = in_order(shell).into_iter().collect();
        let mut read = 0;
        loop {
            for id in &self.seen[read..] {
                missing.remove(id);
            }
            read = self.seen.len();
            if missing.is_empty() {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{} are missing", missing.len());
            pause(20);
            self.poll(shell);
        }
    }

    /// Asserts that each existing event was read once, in the order of their transactions; these must be among them.
    #[track_caller]
    pub(crate) fn has_seen_all(&self, shell: &Shell, sent: &[String]) {
        assert_eq!(self.seen, in_order(shell));
        let seen: HashSet<_> = self.seen.iter().collect();
        assert_eq!(seen.len(), self.seen.len());
        assert!(sent.iter().all(|id| seen.contains(id)));
    }
}

/// The events of files in acme's trail, by the transactions that wrote them.
fn in_order(shell: &Shell) -> Vec<String> {
    let query =
        "SELECT id::text FROM shell.audit_log WHERE organization_id = $1 AND action LIKE 'file.%'
        ORDER BY transaction_id, created_at, id";
    let acme = shell.database().organization("acme");
    let rows = shell.database().as_superuser().query(query, &[&acme]);
    rows.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Waits until every transaction that is open now has ended: any transaction on the server, also of other tests.
pub(crate) fn settle(shell: &Shell) {
    let mut superuser = shell.database().as_superuser();
    let now = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text";
    let now: String = superuser.query_one(now, &[]).unwrap().get(0);
    let is_over = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8";
    let begun = Instant::now();
    while !superuser
        .query_one(is_over, &[&now])
        .unwrap()
        .get::<_, bool>(0)
    {
        assert!(begun.elapsed() < PATIENCE, "a transaction does not end");
        pause(20);
    }
}
