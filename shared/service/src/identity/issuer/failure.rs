//! Why an issuer's keys could not be fetched, and what to do about it.

/// Why no keys came. Nothing of an answer's body is in it but the issuer that a document names.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Failure {
    /// Neither the issuer nor what is configured or published as the keys' address can be asked.
    #[error(
        "keys cannot be fetched from this address: it must be an absolute URL without a user and, for an issuer, \
         without a query"
    )]
    NoAddress,
    /// Anybody on the way could exchange the keys.
    #[error("keys are fetched over https only, except from loopback")]
    NotHttps,
    /// By the host.
    #[error(
        "the application is not allowed to reach it; set the variable of the provider's host, oidc_host or \
         oidc_jwks_host, of a transmitter's ssf_host or ssf_jwks_host, with the slot's number (README, Configuration)"
    )]
    NotAllowed,
    /// In a fixed phrase: what the host says can hold anything.
    #[error("it cannot be reached: {0}")]
    Unreachable(&'static str),
    /// A redirect is one, too: it may lead anywhere.
    #[error("it answered {0}; expected 200 (redirects are not followed)")]
    Status(u16),
    /// Of the answer.
    #[error("it answered with more than 64 KiB")]
    TooLarge,
    /// Of all that it took.
    #[error("it did not answer within 5 s")]
    TooSlow,
    /// In the middle of the answer.
    #[error("its answer ended too early")]
    BrokenOff,
    /// OpenID Connect Discovery 1.0, section 4.2.
    #[error("its answer is not a JSON document with issuer and jwks_uri")]
    NoDocument,
    /// Whoever can answer at the address could else speak for another issuer.
    #[error(
        "it names the issuer {named:?}, but the configuration has {expected:?}; the two must be exactly equal"
    )]
    OtherIssuer {
        /// In the document.
        named: String,
        /// In the configuration.
        expected: String,
    },
    /// Of the set that came.
    #[error("its answer is not a JWK set (RFC 7517)")]
    NoKeySet,
    /// Of the set that came.
    #[error("its key set has more than 100 keys")]
    TooManyKeys,
    /// Of the set that came.
    #[error("its key set has no signing key for RS256, PS256, ES256 or EdDSA with a kid")]
    NoKey,
}
