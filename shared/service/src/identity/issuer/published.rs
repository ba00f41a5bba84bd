//! Fetching the keys that an issuer publishes.

use std::time::Duration;

use super::{
    address::Address,
    description::{Description, Kind},
    discovery,
    failure::Failure,
    fetch,
};
use crate::{
    deadline,
    identity::keys::{Unreadable, signing_keys},
    log::warning,
};

/// The time limit for all requests for one set.
const DEADLINE: Duration = Duration::from_secs(5);

/// No keys could be fetched.
pub struct Unpublished {
    /// The address that was requested last.
    pub asked: Option<Address>,
    /// What was wrong there.
    pub failure: Failure,
}

/// The JSON of the keys that may sign. Those that may not, but seem to be meant for it, are logged.
pub async fn keys(description: &Description) -> Result<String, Unpublished> {
    let mut asked = None;
    let work = async {
        let address = match &description.keys_at {
            Some(url) => Address::parse(url)?,
            None => {
                let document = document(description, &mut asked).await?;
                discovery::keys_address(description, &document)?
            }
        };
        fetch::get(asked.insert(address)).await
    };
    let set = deadline::within(DEADLINE, work)
        .await
        .unwrap_or(Err(Failure::TooSlow));
    set.and_then(|set| usable(description, &set))
        .map_err(|failure| Unpublished { asked, failure })
}

/// The document in which the issuer describes itself.
async fn document(
    description: &Description,
    asked: &mut Option<Address>,
) -> Result<Vec<u8>, Failure> {
    let addresses = match description.kind {
        Kind::IdentityProvider => vec![Address::of_discovery(&description.issuer)?],
        Kind::Transmitter => Address::of_transmitter(&description.issuer)?,
    };
    let mut found = Err(Failure::NoAddress);
    for address in addresses {
        found = fetch::get(asked.insert(address)).await;
        if !matches!(found, Err(Failure::Status(404))) {
            break;
        }
    }
    found
}

fn usable(description: &Description, set: &[u8]) -> Result<String, Failure> {
    let set = std::str::from_utf8(set).map_err(|_| Failure::NoKeySet)?;
    let found = signing_keys(description.slug.as_str(), set).map_err(|fault| match fault {
        Unreadable::NoSet => Failure::NoKeySet,
        Unreadable::TooMany => Failure::TooManyKeys,
    })?;
    found.ignored.iter().for_each(warning);
    if found.keys.is_empty() {
        return Err(Failure::NoKey);
    }
    found.to_json().map_err(|_| Failure::NoKeySet)
}
