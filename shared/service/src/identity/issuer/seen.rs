//! Redis's notes of tokens that no known key signed: when a token of the same kind was first seen.
//!
//! The number of notes is limited, so that a flood of forged tokens cannot fill Redis: a note may overwrite another
//! one, whose kind of token then has to ask again. Only someone with the secret can tell which note belongs to a
//! token's kind.

use std::time::Duration;

use clock::Timestamp;

use super::judging::Seen;
use crate::{
    cache::{
        redis,
        seal::{SealKey, Sealed},
        seal_key,
    },
    identity::{Provider, provider::Unproven},
    problem::Problem,
};

/// How long a note is kept, after the last token that was seen.
const NOTED: Duration = Duration::from_secs(60);

/// The place of a note, and what distinguishes the kinds of tokens that share a place.
struct Place {
    name: String,
    kind: String,
}

impl Place {
    fn of(key: &SealKey, provider: &Provider, unproven: &Unproven) -> Self {
        let mut parts = vec![provider.fingerprint(), unproven.kid.as_str()];
        parts.extend(unproven.failed.iter().map(String::as_str));
        // Lengths first, so that two different kinds never have the same text.
        let text: String = parts
            .iter()
            .map(|part| format!("{} {part} ", part.len()))
            .collect();
        let kind = base16ct::lower::encode_string(&key.derive("unknown-key", text.as_bytes()));
        // Three digits: 4,096 places for each provider.
        let place: String = kind.chars().take(3).collect();
        Self {
            name: format!("unknown-key:{}:{place}", provider.name()),
            kind,
        }
    }
}

/// Notes that a token of this kind was seen, and returns since when there are such tokens. Without Redis, that is
/// now.
pub async fn note(
    provider: &Provider,
    unproven: &Unproven,
    now: Timestamp,
) -> Result<Seen, Problem> {
    let key = seal_key().await?;
    let place = Place::of(key, provider, unproven);
    let found = redis::get(&place.name).await.ok().flatten();
    let seen = found
        .and_then(|bytes| key.open(&place.name, &place.kind, bytes))
        .filter(|sealed| sealed.age(now.unix_milliseconds()) <= NOTED)
        .and_then(|sealed| postcard::from_bytes(&sealed.content).ok());
    let seen = seen.unwrap_or_else(|| Seen::now(now));
    write(key, &place, &seen, now).await?;
    Ok(seen)
}

/// Notes that the set of a moment, which was fetched for such a token, has no key that signed it.
pub async fn refuse(
    provider: &Provider,
    unproven: &Unproven,
    fetched_at: u64,
    now: Timestamp,
) -> Result<(), Problem> {
    let key = seal_key().await?;
    let place = Place::of(key, provider, unproven);
    let seen = Seen {
        refused_by: Some(fetched_at),
        ..Seen::now(now)
    };
    write(key, &place, &seen, now).await
}

async fn write(key: &SealKey, place: &Place, seen: &Seen, now: Timestamp) -> Result<(), Problem> {
    let content =
        postcard::to_allocvec(seen).map_err(|fault| Problem::internal(fault.to_string()))?;
    let value = Sealed {
        counter: 0,
        written_at: now.unix_milliseconds(),
        content,
    };
    let value = key.seal(&place.name, &place.kind, &value);
    // Without the note, such a token makes the Shell ask for the keys again.
    let _ = redis::set(&place.name, &value, NOTED).await;
    Ok(())
}
