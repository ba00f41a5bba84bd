//! Why an issuer's keys could not be fetched, and what to do about it.

/// Why no keys were fetched. It contains nothing of an answer's body except the issuer that a document names.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Failure {
    /// The issuer, or the configured or published address of the keys, is not an address that can be requested.
    #[error(
        "keys cannot be fetched from this address: it must be an absolute URL without a user and, for an issuer, \
         without a query"
    )]
    NoAddress,
    /// Anyone on the network path could replace the keys.
    #[error("keys are fetched over https only, except from loopback")]
    NotHttps,
    /// The host refused the connection.
    #[error(
        "the application is not allowed to reach it; set the variable of the provider's host, oidc_host or \
         oidc_jwks_host, of a transmitter's ssf_host or ssf_jwks_host, with the slot's number (README, Configuration)"
    )]
    NotAllowed,
    /// With a fixed phrase, since the host's message can contain anything.
    #[error("it cannot be reached: {0}")]
    Unreachable(&'static str),
    /// A redirect counts as well, since it may lead anywhere.
    #[error("it answered {0}; expected 200 (redirects are not followed)")]
    Status(u16),
    /// The answer is too large.
    #[error("it answered with more than 64 KiB")]
    TooLarge,
    /// All requests together took too long.
    #[error("it did not answer within 5 s")]
    TooSlow,
    /// The connection ended in the middle of the answer.
    #[error("its answer ended too early")]
    BrokenOff,
    /// OpenID Connect Discovery 1.0, section 4.2.
    #[error("its answer is not a JSON document with issuer and jwks_uri")]
    NoDocument,
    /// Otherwise, whoever can answer at the address could speak for another issuer.
    #[error(
        "it names the issuer {named:?}, but the configuration has {expected:?}; the two must be exactly equal"
    )]
    OtherIssuer {
        /// The issuer in the document.
        named: String,
        /// The issuer in the configuration.
        expected: String,
    },
    /// The answer is not a key set.
    #[error("its answer is not a JWK set (RFC 7517)")]
    NoKeySet,
    /// The set is too large.
    #[error("its key set has more than 100 keys")]
    TooManyKeys,
    /// No key of the set may sign tokens.
    #[error("its key set has no signing key for RS256, PS256, ES256 or EdDSA with a kid")]
    NoKey,
}
