//! The purposes of a token: to identify a caller, to authenticate a delivery, or to report a logout or a security
//! event.

use clock::Timestamp;

use super::{
    Provider, Unaccepted, Verified,
    issuer::transmitter::Transmitter,
    logout::Logout,
    provider::Refusal,
    security_event::{SecurityEvent, check},
};

/// A purpose of a token.
pub trait Proof: Copy {
    /// The result of the check.
    type Proven;

    /// Whether a token that no known key signed could be valid, if another key signed it.
    fn could_count(
        self,
        provider: &Provider,
        token: &str,
        now: Timestamp,
    ) -> Result<(), Unaccepted>;

    /// Checks a token with the known keys.
    fn prove(
        self,
        provider: &Provider,
        token: &str,
        now: Timestamp,
    ) -> Result<Self::Proven, Refusal>;
}

/// The token identifies a caller.
#[derive(Clone, Copy)]
pub struct OfACaller;

/// The token authenticates a delivery to an address.
#[derive(Clone, Copy)]
pub struct OfADelivery<'a> {
    /// The address of the delivery.
    pub address: &'a str,
}

/// The token reports a logout.
#[derive(Clone, Copy)]
pub struct OfALogout<'a> {
    /// The clients that the logout token may be for.
    pub clients: &'a [String],
}

/// The token reports a security event.
#[derive(Clone, Copy)]
pub struct OfAnEvent<'a> {
    /// The transmitter that may report the event.
    pub transmitter: &'a Transmitter,
}

impl Proof for OfAnEvent<'_> {
    type Proven = SecurityEvent;

    fn could_count(self, _: &Provider, token: &str, now: Timestamp) -> Result<(), Unaccepted> {
        let checked = check(token, self.transmitter, now);
        checked
            .map(|_| ())
            .map_err(|refused| Unaccepted(refused.why))
    }

    fn prove(
        self,
        provider: &Provider,
        token: &str,
        now: Timestamp,
    ) -> Result<SecurityEvent, Refusal> {
        provider.verify_event(token, self.transmitter, now)
    }
}

impl Proof for OfACaller {
    type Proven = Verified;

    fn could_count(
        self,
        provider: &Provider,
        token: &str,
        now: Timestamp,
    ) -> Result<(), Unaccepted> {
        provider.could_count(token, now)
    }

    fn prove(self, provider: &Provider, token: &str, now: Timestamp) -> Result<Verified, Refusal> {
        provider.verify(token, now)
    }
}

impl Proof for OfADelivery<'_> {
    type Proven = String;

    fn could_count(
        self,
        provider: &Provider,
        token: &str,
        now: Timestamp,
    ) -> Result<(), Unaccepted> {
        provider.could_count_for_delivery(token, self.address, now)
    }

    fn prove(self, provider: &Provider, token: &str, now: Timestamp) -> Result<String, Refusal> {
        provider.verify_delivery(token, self.address, now)
    }
}

impl Proof for OfALogout<'_> {
    type Proven = Logout;

    fn could_count(
        self,
        provider: &Provider,
        token: &str,
        now: Timestamp,
    ) -> Result<(), Unaccepted> {
        provider.could_log_out(token, self.clients, now)
    }

    fn prove(self, provider: &Provider, token: &str, now: Timestamp) -> Result<Logout, Refusal> {
        provider.verify_logout(token, self.clients, now)
    }
}
