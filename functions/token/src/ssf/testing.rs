//! Transmitters for tests.

use std::time::Duration;

use clock::Timestamp;
use service::identity::{
    Provider,
    issuer::{
        description::{Description, Kind},
        transmitter::Transmitter,
    },
};
use vocabulary::Slug;

pub const NOW: Timestamp = Timestamp::from_unix(1_795_815_400, 0);

fn slug(slug: &str) -> Slug {
    Slug::try_from(slug).unwrap()
}

/// The provider itself as a transmitter.
pub fn own() -> Transmitter {
    Transmitter {
        slug: slug("default"),
        provider: slug("default"),
        provider_issuer: Some("https://id.example".to_owned()),
        audience: "shell-ssf".to_owned(),
        alias: None,
        slot: None,
        signer: None,
    }
}

/// Another issuer, whose users the provider links under an alias.
pub fn linked() -> Transmitter {
    let description = Description {
        kind: Kind::Transmitter,
        slug: slug("google"),
        issuer: "https://accounts.example".to_owned(),
        longest_token: Duration::from_secs(86_400),
        audience: "client".to_owned(),
        keys_at: None,
    };
    Transmitter {
        slug: slug("google"),
        audience: "client".to_owned(),
        alias: Some("google".to_owned()),
        signer: Provider::published_by(description, None)
            .ok()
            .map(Into::into),
        ..own()
    }
}
