//! Whom an event is about: subject identifiers (RFC 9493; OpenID Shared Signals Framework 1.0, section 3), and those
//! of Google, which say `subject_type` for `format` and write hyphens.

use inbox::Revocation;
use serde_json::{Map, Value};
use service::identity::issuer::transmitter::Transmitter;

use super::Fault;

/// What a Keycloak calls all sessions of a user.
const ALL: &str = "ALL";

/// Of another issuer than the provider's and the transmitter's own.
const OTHER_ISSUER: Fault = Fault("other_issuer");
/// Of the transmitter's issuer, whose users the provider has under no name here.
const NO_ALIAS: Fault = Fault("no_alias");
/// A subject that is not said, or not as its format has it.
const MALFORMED: Fault = Fault("malformed_subject");
/// A subject in a format that names nobody here.
const FORMAT: Fault = Fault("unknown_subject_format");
/// A session of whom it is not known, or not the provider's.
const NO_SESSION: Fault = Fault("unknown_session");

/// How many identifiers of one subject are looked at.
const MOST_ALIASES: usize = 20;

/// What ends of a session, or of all of a user where no session is named.
pub fn session(subject: &Value, transmitter: &Transmitter) -> Result<Revocation, Fault> {
    let subject = object(subject)?;
    if let Some(parts) = complex(subject) {
        return parts_of_session(parts, transmitter);
    }
    match format(subject).as_deref() {
        // CAEP 1.0, section 3.1: a session by its identifier alone.
        Some("opaque") => own_session(text(subject, "id")?, None, transmitter),
        _ => user_of(subject, transmitter),
    }
}

/// What ends of a user: everything.
pub fn user(subject: &Value, transmitter: &Transmitter) -> Result<Revocation, Fault> {
    let subject = object(subject)?;
    match complex(subject).map(|parts| parts.get("user")) {
        None => user_of(subject, transmitter),
        Some(Some(user)) => user_of(object(user)?, transmitter),
        Some(None) => Err(FORMAT),
    }
}

/// What more is said than user and session (a device, a tenant) is not known here, so that what ends is more than
/// what was meant, and never less.
fn parts_of_session(
    parts: &Map<String, Value>,
    transmitter: &Transmitter,
) -> Result<Revocation, Fault> {
    let user = parts.get("user").map(object).transpose()?;
    let user = user.map(|user| user_of(user, transmitter)).transpose()?;
    let Some(session) = parts.get("session").map(object).transpose()? else {
        return user.ok_or(FORMAT);
    };
    if format(session).as_deref() != Some("opaque") {
        return user.ok_or(FORMAT);
    }
    let session = text(session, "id")?;
    match user {
        None => own_session(session, None, transmitter),
        Some(Revocation::Subject { user }) if session != ALL => {
            own_session(session, Some(user), transmitter)
        }
        // Sessions elsewhere are none of the provider's.
        Some(all) => Ok(all),
    }
}

/// Only the provider's own transmitter knows its sessions.
fn own_session(
    session: String,
    user: Option<String>,
    transmitter: &Transmitter,
) -> Result<Revocation, Fault> {
    let issuer = transmitter.issuer().unwrap_or_default();
    let is_own = transmitter.is_provider(issuer);
    match (is_own, user) {
        (true, None) if session == ALL => Err(NO_SESSION),
        (true, user) => Ok(Revocation::Session { session, user }),
        (false, Some(user)) => Ok(Revocation::Subject { user }),
        (false, None) => Err(NO_SESSION),
    }
}

fn user_of(subject: &Map<String, Value>, transmitter: &Transmitter) -> Result<Revocation, Fault> {
    match format(subject).as_deref().ok_or(MALFORMED)? {
        "iss_sub" => of_issuer(&text(subject, "iss")?, text(subject, "sub")?, transmitter),
        "email" => email(subject),
        // Google's: of a user of its own.
        "id_token_claims" if subject.contains_key("sub") => {
            let issuer = match subject.get("iss") {
                Some(_) => text(subject, "iss")?,
                None => transmitter.issuer().unwrap_or_default().to_owned(),
            };
            of_issuer(&issuer, text(subject, "sub")?, transmitter)
        }
        "id_token_claims" => email(subject),
        "jwt_id" => token(subject, transmitter),
        "aliases" => one_of(subject, transmitter),
        _ => Err(FORMAT),
    }
}

/// A user of the provider's, or one whom the provider has linked with its own.
fn of_issuer(
    issuer: &str,
    subject: String,
    transmitter: &Transmitter,
) -> Result<Revocation, Fault> {
    if transmitter.is_provider(issuer) {
        return Ok(Revocation::Subject { user: subject });
    }
    if !transmitter.is_issuer(issuer) {
        return Err(OTHER_ISSUER);
    }
    let alias = transmitter.alias.clone().ok_or(NO_ALIAS)?;
    Ok(Revocation::Linked {
        alias,
        external_id: subject,
    })
}

fn email(subject: &Map<String, Value>) -> Result<Revocation, Fault> {
    let email = text(subject, "email")?;
    Ok(Revocation::Email { email })
}

/// One token of the provider's.
fn token(subject: &Map<String, Value>, transmitter: &Transmitter) -> Result<Revocation, Fault> {
    let token_id = text(subject, "jti")?;
    if transmitter.is_provider(&text(subject, "iss")?) {
        Ok(Revocation::TokenId { token_id })
    } else {
        Err(OTHER_ISSUER)
    }
}

/// Several identifiers of one subject: the first that says most, and needs no look-up if there is such a one.
fn one_of(subject: &Map<String, Value>, transmitter: &Transmitter) -> Result<Revocation, Fault> {
    let identifiers = subject.get("identifiers").and_then(Value::as_array);
    let identifiers = identifiers.ok_or(MALFORMED)?.iter().take(MOST_ALIASES);
    let mut found = Err(MALFORMED);
    for identifier in identifiers {
        let identifier = object(identifier)?;
        // RFC 9493, section 3.2.8: not within each other.
        if format(identifier).as_deref() == Some("aliases") {
            return Err(MALFORMED);
        }
        let user = user_of(identifier, transmitter);
        match (&user, &found) {
            (Ok(Revocation::Subject { .. }), _) => return user,
            (_, Err(_)) => found = user,
            _ => {}
        }
    }
    found
}

/// The members of a complex subject; those of before there was a format for it, too.
fn complex(subject: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let is_complex = match format(subject) {
        Some(format) => format == "complex",
        None => subject.contains_key("user") || subject.contains_key("session"),
    };
    is_complex.then_some(subject)
}

/// As RFC 9493 writes it.
fn format(subject: &Map<String, Value>) -> Option<String> {
    let named = subject
        .get("format")
        .or_else(|| subject.get("subject_type"));
    let named = named.and_then(Value::as_str)?;
    Some(named.replace('-', "_"))
}

fn object(value: &Value) -> Result<&Map<String, Value>, Fault> {
    value.as_object().ok_or(MALFORMED)
}

/// A text that a row can hold.
fn text(subject: &Map<String, Value>, name: &str) -> Result<String, Fault> {
    let text = subject.get(name).and_then(Value::as_str);
    let text = text.ok_or(MALFORMED)?;
    let fits = vocabulary::external_id(text).map_err(|_| MALFORMED)?;
    Ok(fits.to_owned())
}

#[cfg(test)]
mod tests;
