//! Why a run stopped early, and what to do about it.

/// What went wrong with a request.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum Failure {
    /// The host does not let the job reach the address.
    #[error("the host does not let this job reach the address: set {variable} to {origin}")]
    NotAllowed {
        /// The variable that names the address that may be reached.
        variable: &'static str,
        /// The value that the variable needs.
        origin: String,
    },
    /// The request did not leave the host.
    #[error(
        "the request could not be sent: either the server is unavailable, or {variable} is not {origin}"
    )]
    Unsent {
        /// The variable that names the address that may be reached.
        variable: &'static str,
        /// The value that the variable needs.
        origin: String,
    },
    /// No answer arrived, or an incomplete one.
    #[error("the answer is incomplete: {0}")]
    Broken(String),
    /// The request took longer than it may.
    #[error("no complete answer within {0} s")]
    Late(u64),
    /// An answer has more bytes than the job reads.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The clock of the provider is ahead: events until that time would have no effect.
    #[error(
        "the token was issued more than {0} minutes ahead of this machine's clock: set one of the two clocks right"
    )]
    Ahead(u64),
    /// The time of the state that answers show is not known.
    #[error(
        "the token does not say when it was issued (the claim iat of a JWT): is it a Keycloak's?"
    )]
    NoTime,
    /// The token was refused, and so was a new one.
    #[error("status 401, even with a new token")]
    Unauthorized,
    /// The client lacks a role.
    #[error("status 403: the client needs the role {0} of realm-management")]
    Forbidden(&'static str),
    /// Status 404, with a message that does not say what does not exist.
    #[error("unexpected status 404: is this the Admin API of the realm?")]
    NotFound,
    /// Any other status.
    #[error("unexpected status {0}")]
    Status(u16),
    /// The server still answers that it is overloaded.
    #[error("status {0} after {1} attempts")]
    Overloaded(u16, u32),
    /// An answer is incomplete, or not in the expected format.
    #[error("the answer is not a complete {0}")]
    NotWhole(&'static str),
    /// An answer is about another object than the requested one.
    #[error("the answer is about another object")]
    Other,
    /// A list does not end.
    #[error("the same page came {0} times in a row: the list does not advance")]
    Endless(u32),
    /// A list has more pages than the job reads.
    #[error("the list has more than {0} pages")]
    TooLong(u32),
    /// The nesting of groups does not end.
    #[error("groups are nested more than {0} levels deep")]
    TooDeep(u32),
    /// There is no token endpoint of this realm.
    #[error("there is no such realm: look at the provider's realm and admin_url")]
    NoRealm,
    /// The token endpoint refused the client.
    #[error(
        "no token, status {status}{}: look at {client} and {secret}, and whether service accounts are enabled for \
         the client", told(.code)
    )]
    NoToken {
        /// The answer's status.
        status: u16,
        /// The error that it names (RFC 6749, section 5.2).
        code: Option<String>,
        /// The variable of the client.
        client: &'static str,
        /// The variable of its secret.
        secret: &'static str,
    },
}

fn told(code: &Option<String>) -> String {
    let code = code.as_deref();
    code.map(|code| format!(" ({code})")).unwrap_or_default()
}
