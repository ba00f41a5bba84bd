//! Values that may have been read and written by others: each carries an HMAC over its key, its
//! place in time and its content, and a bad one is no value.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The secret that only the Shell's components know: the variable `receipt_key`.
#[derive(Clone)]
pub struct SealKey(Hmac<Sha256>);

/// Bytes that a key must have, so that it cannot be guessed.
const SHORTEST_KEY: usize = 32;

/// What stands at a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sealed {
    /// The change counter that PostgreSQL had when the content was read.
    pub counter: i64,
    /// Milliseconds since the epoch: when it was written.
    pub written_at: u64,
    /// What counts.
    pub content: Vec<u8>,
}

impl SealKey {
    /// From the variable's value; `None` where it is too short to be a secret.
    pub fn new(secret: &str) -> Option<Self> {
        let fits = secret.len() >= SHORTEST_KEY;
        fits.then(|| Hmac::new_from_slice(secret.as_bytes()).ok())
            .flatten()
            .map(Self)
    }

    fn mac(&self, key: &str, context: &str, head: &str, content: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        // Lengths first: no two different sets of parts may read the same.
        for part in [key.as_bytes(), context.as_bytes(), head.as_bytes(), content] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }

    /// A value for a key. It is read again only with the same context (an epoch, say), which is not
    /// in it. It starts with the counter, where scripts look for it.
    pub fn seal(&self, key: &str, context: &str, value: &Sealed) -> Vec<u8> {
        let head = format!("{} {}", value.counter, value.written_at);
        let mac = self
            .mac(key, context, &head, &value.content)
            .finalize()
            .into_bytes();
        let mut bytes = Vec::with_capacity(head.len() + mac.len() + value.content.len() + 2);
        bytes.extend_from_slice(head.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(&mac);
        bytes.extend_from_slice(&value.content);
        bytes
    }

    /// What a value holds, where it was sealed for this key and context.
    pub fn open(&self, key: &str, context: &str, bytes: &[u8]) -> Option<Sealed> {
        let mut parts = bytes.splitn(3, |byte| *byte == b' ');
        let (counter, written_at) = (text(parts.next()?)?, text(parts.next()?)?);
        let (mac, content) = parts.next()?.split_at_checked(32)?;
        let head = format!("{counter} {written_at}");
        // Compares in constant time.
        self.mac(key, context, &head, content)
            .verify_slice(mac)
            .ok()?;
        Some(Sealed {
            counter: counter.parse().ok()?,
            written_at: written_at.parse().ok()?,
            content: content.to_owned(),
        })
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SealKey {
        SealKey::new("a secret of at least 32 characters").unwrap()
    }

    fn value() -> Sealed {
        Sealed {
            counter: 7,
            written_at: 1_700_000_000_000,
            content: b"a b \n c".to_vec(),
        }
    }

    #[test]
    fn opens_what_was_sealed() {
        let sealed = key().seal("k", "epoch", &value());
        assert!(sealed.starts_with(b"7 "));
        assert_eq!(key().open("k", "epoch", &sealed), Some(value()));
    }

    #[test]
    fn nothing_else_opens() {
        let sealed = key().seal("k", "epoch", &value());
        assert_eq!(key().open("other", "epoch", &sealed), None);
        assert_eq!(key().open("k", "later", &sealed), None);
        let other = SealKey::new("another secret of 32 characters, too").unwrap();
        assert_eq!(other.open("k", "epoch", &sealed), None);
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert_eq!(key().open("k", "epoch", &changed), None, "byte {position}");
            assert_eq!(key().open("k", "epoch", &sealed[..position]), None);
        }
        assert_eq!(key().open("k", "epoch", b"7 "), None);
    }

    #[test]
    fn a_guessable_secret_is_none() {
        assert!(SealKey::new("").is_none());
        assert!(SealKey::new("short").is_none());
    }
}
