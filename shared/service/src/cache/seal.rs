//! Values that others may have read and written: each has an HMAC over its key, its epoch and its content, and one with
//! a wrong HMAC is ignored.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use memchr::arch::all::is_equal;
use sha2::Sha256;

/// The secret that only the Shell's components know: the variable `receipt_key`.
pub struct SealKey {
    hmac: Hmac<Sha256>,
    opened: Mutex<VecDeque<Opened>>,
}

/// The values that were opened before.
struct Opened {
    key: String,
    context: String,
    bytes: Vec<u8>,
}

/// How many opened values are remembered, and the bytes of the largest of them.
const REMEMBERED: usize = 8;
const LARGEST_REMEMBERED: usize = 64 * 1024;

/// The minimum number of bytes of a key, so that it cannot be guessed.
const SHORTEST_KEY: usize = 32;

/// The value at a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sealed {
    /// The change counter that PostgreSQL had when the content was read.
    pub counter: i64,
    /// Milliseconds since the epoch: when it was written.
    pub written_at: u64,
    /// The content.
    pub content: Vec<u8>,
}

impl Sealed {
    /// How long ago it was written, at a moment in milliseconds since the epoch.
    pub fn age(&self, now: u64) -> Duration {
        Duration::from_millis(now.saturating_sub(self.written_at))
    }
}

impl SealKey {
    /// From the variable's value; `None` if it is too short to be a secret.
    pub fn new(secret: &str) -> Option<Self> {
        let fits = secret.len() >= SHORTEST_KEY;
        let hmac = fits.then(|| Hmac::new_from_slice(secret.as_bytes()).ok())?;
        Some(Self {
            hmac: hmac?,
            opened: Mutex::default(),
        })
    }

    fn mac(&self, key: &str, context: &str, head: &[u8], content: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.hmac.clone();
        // Lengths first, so that two different sets of parts never have the same bytes.
        for part in [key.as_bytes(), context.as_bytes(), head, content] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }

    /// Seals a value for a key. It can be read only with the same context (for example an epoch), which it does not
    /// contain. It starts with the counter, where scripts look for it.
    pub fn seal(&self, key: &str, context: &str, value: &Sealed) -> Vec<u8> {
        let head = format!("{} {}", value.counter, value.written_at);
        let mac = self
            .mac(key, context, head.as_bytes(), &value.content)
            .finalize()
            .into_bytes();
        let mut bytes = Vec::with_capacity(head.len() + mac.len() + value.content.len() + 2);
        bytes.extend_from_slice(head.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(&mac);
        bytes.extend_from_slice(&value.content);
        bytes
    }

    /// Bytes that are indistinguishable from random ones without the secret, the same for the same key and context.
    pub fn derive(&self, key: &str, context: &[u8]) -> [u8; 32] {
        self.mac(key, "", b"", context)
            .finalize()
            .into_bytes()
            .into()
    }

    /// The content of a value, if it was sealed for this key and context.
    pub fn open(&self, key: &str, context: &str, bytes: Vec<u8>) -> Option<Sealed> {
        let parts = Parts::of(&bytes)?;
        // Compares in constant time.
        self.mac(key, context, parts.head, parts.content)
            .verify_slice(parts.mac)
            .ok()?;
        sealed(bytes)
    }

    /// The same for a value that is read repeatedly. Bytes that were authentic at the key a moment ago still are,
    /// and comparing them costs a fraction of authenticating them.
    pub fn open_again(&self, key: &str, context: &str, bytes: Vec<u8>) -> Option<Sealed> {
        let same = |opened: &Opened| {
            // In a component, `==` compares byte by byte.
            is_equal(&opened.bytes, &bytes) && opened.key == key && opened.context == context
        };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.iter().any(same) {
            return sealed(bytes);
        }
        let remembered = (bytes.len() <= LARGEST_REMEMBERED).then(|| Opened {
            key: key.to_owned(),
            context: context.to_owned(),
            bytes: bytes.clone(),
        });
        let sealed = self.open(key, context, bytes)?;
        // One value for each key: an older value of this key will not be read again.
        opened.retain(|opened| opened.key != key);
        opened.truncate(REMEMBERED - 1);
        if let Some(remembered) = remembered {
            opened.push_front(remembered);
        }
        Some(sealed)
    }
}

/// The parts of a value in Redis.
struct Parts<'a> {
    /// The counter and the time, separated by a space.
    head: &'a [u8],
    mac: &'a [u8],
    content: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut spaces = bytes.iter().enumerate().filter(|(_, byte)| **byte == b' ');
        let (end, _) = spaces.nth(1)?;
        let (head, rest) = bytes.split_at_checked(end)?;
        let (mac, content) = rest.get(1..)?.split_at_checked(32)?;
        Some(Self { head, mac, content })
    }
}

/// The value in bytes that are known to be authentic.
fn sealed(mut bytes: Vec<u8>) -> Option<Sealed> {
    let Parts { head, content, .. } = Parts::of(&bytes)?;
    let (counter, written_at) = std::str::from_utf8(head).ok()?.split_once(' ')?;
    let (counter, written_at) = (counter.parse().ok()?, written_at.parse().ok()?);
    let start = bytes.len() - content.len();
    bytes.drain(..start);
    Some(Sealed {
        counter,
        written_at,
        content: bytes,
    })
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
        assert_eq!(key().open("k", "epoch", sealed), Some(value()));
    }

    #[test]
    fn nothing_else_opens() {
        let sealed = key().seal("k", "epoch", &value());
        let open =
            |key: SealKey, name, epoch, sealed: &[u8]| key.open(name, epoch, sealed.to_owned());
        assert_eq!(open(key(), "other", "epoch", &sealed), None);
        assert_eq!(open(key(), "k", "later", &sealed), None);
        let other = SealKey::new("another secret of 32 characters, too").unwrap();
        assert_eq!(open(other, "k", "epoch", &sealed), None);
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert_eq!(open(key(), "k", "epoch", &changed), None, "byte {position}");
            assert_eq!(open(key(), "k", "epoch", &sealed[..position]), None);
        }
        assert_eq!(open(key(), "k", "epoch", b"7 "), None);
    }

    #[test]
    fn what_was_opened_opens_again_and_nothing_else() {
        let seal = key();
        let open = |name: &str, epoch: &str, sealed: &[u8]| {
            seal.open_again(name, epoch, sealed.to_owned())
        };
        let sealed = seal.seal("k", "epoch", &value());
        for _ in 0..2 {
            assert_eq!(open("k", "epoch", &sealed), Some(value()));
            assert_eq!(open("other", "epoch", &sealed), None);
            assert_eq!(open("k", "later", &sealed), None);
            let mut changed = sealed.clone();
            changed[sealed.len() - 1] ^= 1;
            assert_eq!(open("k", "epoch", &changed), None);
        }
    }

    #[test]
    fn few_values_are_remembered() {
        let seal = key();
        for number in 0..3 * REMEMBERED {
            // Two values for each key: the later one replaces the earlier one.
            for counter in [1, 2] {
                let name = number.to_string();
                let value = Sealed { counter, ..value() };
                let sealed = seal.seal(&name, "", &value);
                assert_eq!(seal.open_again(&name, "", sealed), Some(value));
            }
        }
        let opened = seal.opened.lock().unwrap();
        assert_eq!(opened.len(), REMEMBERED);
        assert_eq!(opened[0].key, (3 * REMEMBERED - 1).to_string());
    }

    #[test]
    fn a_guessable_secret_is_none() {
        assert!(SealKey::new("").is_none());
        assert!(SealKey::new("short").is_none());
    }
}
