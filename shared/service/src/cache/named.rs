//! The one lookup for a token that names its organization by name: it resolves the names, too.

use std::time::Duration;

use clock::Timestamp;
use spin_sdk::redis::{RedisParameter, RedisResult};
use uuid::Uuid;

use super::{
    epoch::{self, Epoch},
    fill::{self, Filling},
    lookup::{InOrganization, Lookup, seal_key},
    redis::{self, text},
    seal::SealKey,
};
use crate::{problem::Problem, tenant::Named};

/// How long the resolution of names is valid, without a change of an organization.
const LIFE: Duration = Duration::from_secs(300);

/// Reads the resolution of the names, and then the values for the organization to which they resolve: its id replaces
/// [`UNKNOWN`] in their keys. A forged resolution is detected later, since each value is opened by its true key.
///
/// KEYS: the receipt, the last comparison, the version of the names, their resolution, and the revocation keys of the
/// token; then the keys of the organization and of the values, first those for an organization that was chosen, then
/// those for one that acts for another. ARGV: the placeholder of the id, the number of keys that are read before the
/// id is known, and the number of keys for an organization that was chosen. Returns the values in that order, those
/// of the organization only for the case that applies.
const LOOK: &str = "
local first = tonumber(ARGV[2])
local found = redis.call('MGET', unpack(KEYS, 1, first))
local named = found[4] or ''
local _, head = string.find(named, '^%d+ %d+ ')
if not head then return found end
-- A MAC of 32 bytes stands before the content.
local id, acts = string.sub(named, head + 33, head + 68), string.sub(named, head + 69, head + 69)
local from, last = first + 1, first + ARGV[3]
if acts == '1' then from, last = last + 1, #KEYS end
local keys = {}
for i = from, last do
  local from, to = string.find(KEYS[i], ARGV[1], 1, true)
  local key = KEYS[i]
  if from then key = string.sub(key, 1, from - 1) .. id .. string.sub(key, to + 1) end
  keys[#keys + 1] = key
end
if #keys == 0 then return found end
for i, value in ipairs(redis.call('MGET', unpack(keys))) do found[first + i] = value end
return found";

/// The placeholder in keys for the organization's id, until the id is known.
const UNKNOWN: Uuid = Uuid::max();

/// The keys for the resolution of names.
pub struct NamingKeys {
    /// The version of all names of a provider.
    pub version: String,
    /// The organization that these names resolve to.
    pub named: String,
    /// Whether that may be platform, which then acts for another organization.
    pub may_act: bool,
}

/// Looks up a receipt, the resolution of names, the keys in `revoked`, and, for the organization to which the names
/// resolve, the keys of `in_organization` and the values at `keys`; see [`super::look_up`].
pub async fn look_up_named(
    receipt: &str,
    naming: &NamingKeys,
    revoked: &[String],
    in_organization: impl Fn(Uuid) -> InOrganization,
    keys: impl Fn(Named) -> Vec<String>,
    at: Timestamp,
) -> Result<(Lookup, Option<Named>), Problem> {
    let seal_key = seal_key().await?;
    let mut lookup = Lookup::nothing(at);
    let unknown = |acts_for| {
        let values = keys(Named {
            organization: UNKNOWN,
            acts_for,
        });
        let watched = in_organization(UNKNOWN);
        let mut keys = watched.keys().map(str::to_owned).to_vec();
        keys.extend(values);
        keys
    };
    let chosen = unknown(false);
    let acting = if naming.may_act {
        unknown(true)
    } else {
        Vec::new()
    };
    let count = |keys: &[String]| i64::try_from(keys.len()).unwrap_or(i64::MAX);
    let first = 4 + count(revoked);
    let placeholder = UNKNOWN.to_string();
    let arguments = || {
        let mut arguments = vec![
            text(LOOK),
            RedisParameter::Int64(first + count(&chosen) + count(&acting)),
            text(receipt),
            text(epoch::CHECKED),
            text(&naming.version),
            text(&naming.named),
        ];
        let keys = revoked.iter().chain(&chosen).chain(&acting);
        arguments.extend(keys.map(|key| text(key)));
        arguments.push(text(&placeholder));
        arguments.push(RedisParameter::Int64(first));
        arguments.push(RedisParameter::Int64(count(&chosen)));
        arguments
    };
    let Ok(found) = redis::command("EVAL", arguments).await else {
        return Ok((lookup, None));
    };
    let mut found = found.into_iter().map(|value| match value {
        RedisResult::Binary(value) => Some(value),
        _ => None,
    });
    lookup.receipt = found.next().flatten();
    let checked = found.next().flatten();
    lookup.epoch = epoch::standing(seal_key, checked, at).await;
    let Some(epoch) = &lookup.epoch else {
        return Ok((lookup, None));
    };
    let version = found.next().flatten();
    let named = found.next().flatten();
    let revoked = found.by_ref().take(revoked.len()).collect();
    let Some(named) = counting(seal_key, epoch, naming, version, named, at) else {
        return Ok((lookup, None));
    };
    let watched: Vec<_> = found.by_ref().take(InOrganization::COUNT).collect();
    let values = keys(named).into_iter().zip(found);
    let values = values
        .map(|(name, bytes)| bytes.and_then(|bytes| seal_key.open_again(&name, &epoch.id, bytes)));
    lookup.values = values.collect();
    lookup.watch(revoked, watched.into_iter());
    Ok((lookup, Some(named)))
}

/// The resolution of names, if it belongs to the current version.
fn counting(
    key: &SealKey,
    epoch: &Epoch,
    naming: &NamingKeys,
    version: Option<Vec<u8>>,
    named: Option<Vec<u8>>,
    at: Timestamp,
) -> Option<Named> {
    let open = |name, bytes: Option<Vec<u8>>| {
        let opened = key.open_again(name, &epoch.id, bytes?)?;
        // Redis would have expired it by then: somebody else wrote it again.
        (opened.age(at.unix_milliseconds()) <= LIFE).then_some(opened.content)
    };
    let version = open(&naming.version, version)?;
    let (named, of) = Named::from_bytes(&open(&naming.named, named)?)?;
    (version == version_bytes(of)).then_some(named)
}

fn version_bytes(version: i64) -> Vec<u8> {
    version.to_string().into_bytes()
}

/// Caches PostgreSQL's resolution of names, with the version and the counter that were read before it.
pub async fn keep(
    naming: &NamingKeys,
    named: Named,
    version: i64,
    epoch: &Epoch,
    counter: i64,
    asked_at: Timestamp,
) -> Result<(), Problem> {
    let filling = |name: &str, content| Filling {
        name: name.to_owned(),
        content,
        life: LIFE,
    };
    let fillings = vec![
        filling(&naming.version, version_bytes(version)),
        filling(&naming.named, named.to_bytes(version)),
    ];
    // If it could not be cached, PostgreSQL is asked again.
    fill::fill(fillings, epoch, counter, asked_at).await?;
    Ok(())
}
