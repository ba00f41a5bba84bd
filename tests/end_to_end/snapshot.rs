//! A Redis as it was, and may be again.

use crate::faults::run;

/// Keys, how long they had to live, and their values.
pub(crate) struct Snapshot(Vec<(String, i64, Vec<u8>)>);

impl Snapshot {
    pub(crate) fn of(redis: &mut redis::Connection) -> Self {
        let mut keys = run::<Vec<String>>(redis, &["KEYS", "*"]);
        keys.sort_unstable();
        let dump = |key: String| {
            let life: i64 = run(redis, &["PTTL", &key]);
            let value: Option<_> = run(redis, &["DUMP", &key]);
            Some((key, life, value?))
        };
        Self(keys.into_iter().filter_map(dump).collect())
    }

    /// Whether it has a key that starts so.
    pub(crate) fn holds(&self, start: &str) -> bool {
        self.0.iter().any(|(key, _, _)| key.starts_with(start))
    }

    pub(crate) fn restore(&self, redis: &mut redis::Connection) {
        run::<()>(redis, &["FLUSHALL"]);
        for (key, life, value) in &self.0 {
            let mut restore = redis::cmd("RESTORE");
            restore.arg(key).arg((*life).max(0)).arg(value);
            restore.exec(redis).unwrap();
        }
    }
}
