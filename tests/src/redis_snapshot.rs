//! A Redis as it was, and may be again.

use redis::Connection;

use crate::redis::run;

/// Keys, how long they had to live, and their values.
pub struct RedisSnapshot(Vec<(String, i64, Vec<u8>)>);

impl RedisSnapshot {
    /// What a Redis has now.
    pub fn of(redis: &mut Connection) -> Self {
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
    pub fn holds(&self, start: &str) -> bool {
        self.0.iter().any(|(key, _, _)| key.starts_with(start))
    }

    /// Has a Redis be as it was.
    pub fn restore(&self, redis: &mut Connection) {
        // At once, as a server that starts with it has it: whoever asks meanwhile writes keys of its own.
        let mut restoring = redis::pipe();
        restoring.atomic().cmd("FLUSHALL").ignore();
        for (key, life, value) in &self.0 {
            let restore = restoring.cmd("RESTORE").arg(key);
            restore.arg((*life).max(0)).arg(value).ignore();
        }
        restoring.exec(redis).unwrap();
    }
}
