//! The content of a Redis, which can be restored later.

use redis::Connection;

use crate::redis::run;

/// Keys, their remaining TTLs, and their values.
pub struct RedisSnapshot(Vec<(String, i64, Vec<u8>)>);

impl RedisSnapshot {
    /// The current content of a Redis.
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

    /// Whether it contains a key with this prefix.
    pub fn holds(&self, start: &str) -> bool {
        self.0.iter().any(|(key, _, _)| key.starts_with(start))
    }

    /// Restores the content.
    pub fn restore(&self, redis: &mut Connection) {
        // In one transaction, as if a server started with it: concurrent requests write their own keys.
        let mut restoring = redis::pipe();
        restoring.atomic().cmd("FLUSHALL").ignore();
        for (key, life, value) in &self.0 {
            let restore = restoring.cmd("RESTORE").arg(key);
            restore.arg((*life).max(0)).arg(value).ignore();
        }
        restoring.exec(redis).unwrap();
    }
}
