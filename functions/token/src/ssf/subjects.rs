//! The subject of an event: a subject identifier (RFC 9493; OpenID Shared Signals Framework 1.0, section 3), or one
//! of Google's, which have `subject_type` in place of `format` and use hyphens.

use inbox::Revocation;
use serde_json::{Map, Value};
use service::identity::issuer::transmitter::Transmitter;

use super::Fault;

/// Keycloak's name for all sessions of a user.
const ALL: &str = "ALL";

/// The issuer is neither that of the provider nor the transmitter's own.
const OTHER_ISSUER: Fault = Fault("other_issuer");
/// The issuer is the transmitter's, but there is no alias under which the provider links its users.
const NO_ALIAS: Fault = Fault("no_alias");
/// The subject is missing, or does not match its format.
const MALFORMED: Fault = Fault("malformed_subject");
/// The subject has a format that identifies no user here.
const FORMAT: Fault = Fault("unknown_subject_format");
/// The session of an unknown user, or not a session of the provider.
const NO_SESSION: Fault = Fault("unknown_session");

/// The maximum number of identifiers of one subject that are read.
const MOST_ALIASES: usize = 20;

/// The revocations of a session, or of all sessions of a user if no session is named.
pub fn session(subject: &Value, transmitter: &Transmitter) -> Result<Vec<Revocation>, Fault> {
    let subject = object(subject)?;
    if let Some(parts) = complex(subject) {
        return parts_of_session(parts, transmitter);
    }
    match format(subject).as_deref() {
        // CAEP 1.0, section 3.1: a session that only its identifier names.
        Some("opaque") => {
            let session = text(subject, "id")?;
            if !is_session(&session, transmitter) {
                return Err(NO_SESSION);
            }
            Ok(with_session(session, Vec::new()))
        }
        _ => users_of(subject, transmitter),
    }
}

/// The revocations of a user: everything ends. Each fact is one of the ways in which the user is named.
pub fn user(subject: &Value, transmitter: &Transmitter) -> Result<Vec<Revocation>, Fault> {
    let subject = object(subject)?;
    match complex(subject).map(|parts| parts.get("user")) {
        None => users_of(subject, transmitter),
        Some(Some(user)) => users_of(object(user)?, transmitter),
        Some(None) => Err(FORMAT),
    }
}

/// Other members than user and session (such as a device or a tenant) are not supported, so more may be ended than
/// intended, but never less: a session ends whatever its user is.
fn parts_of_session(
    parts: &Map<String, Value>,
    transmitter: &Transmitter,
) -> Result<Vec<Revocation>, Fault> {
    let users = parts.get("user").map(object);
    let users = users.map(|user| users_of(user?, transmitter));
    let session = parts.get("session").map(object).transpose()?;
    let session = session.filter(|session| format(session).as_deref() == Some("opaque"));
    let Some(session) = session else {
        return users.unwrap_or(Err(FORMAT));
    };
    let session = text(session, "id")?;
    if !is_session(&session, transmitter) {
        return users.unwrap_or(Err(NO_SESSION));
    }
    let users = users.and_then(Result::ok).unwrap_or_default();
    Ok(with_session(session, users))
}

/// Whether this is a session of the provider. Only the provider's own transmitter knows its sessions.
fn is_session(session: &str, transmitter: &Transmitter) -> bool {
    let issuer = transmitter.issuer().unwrap_or_default();
    session != ALL && transmitter.is_provider(issuer)
}

/// A session and its user. If users have to be looked up, all of their sessions end, so that no user is left out beside
/// a known one.
fn with_session(session: String, users: Vec<Revocation>) -> Vec<Revocation> {
    let is_known = |user: &Revocation| matches!(user, Revocation::Subject { .. });
    let is_known = users.iter().any(is_known);
    let told = users.into_iter().filter_map(|user| match user {
        Revocation::Subject { user } => {
            let (session, user) = (session.clone(), Some(user));
            Some(Revocation::Session { session, user })
        }
        Revocation::Email { .. } | Revocation::Linked { .. } if is_known => None,
        other => Some(other),
    });
    let mut told: Vec<_> = told.collect();
    if !is_known {
        let user = None;
        told.push(Revocation::Session { session, user });
    }
    told
}

/// All users that are named; if there are several identifiers, those of each one that identifies a user.
fn users_of(
    subject: &Map<String, Value>,
    transmitter: &Transmitter,
) -> Result<Vec<Revocation>, Fault> {
    match format(subject).as_deref() {
        Some("aliases") => {
            let identifiers = subject.get("identifiers").and_then(Value::as_array);
            let identifiers = identifiers.ok_or(MALFORMED)?.iter().take(MOST_ALIASES);
            usable(identifiers.flat_map(|identifier| match object(identifier) {
                Ok(identifier) => named(identifier, transmitter),
                Err(fault) => vec![Err(fault)],
            }))
        }
        _ => usable(named(subject, transmitter)),
    }
}

/// The identifiers that identify a user; if there are none, the reason why the first does not.
fn usable(
    named: impl IntoIterator<Item = Result<Revocation, Fault>>,
) -> Result<Vec<Revocation>, Fault> {
    let mut users = Vec::new();
    let mut fault = None;
    for named in named {
        match named {
            Ok(user) => users.push(user),
            Err(why) => fault = fault.or(Some(why)),
        }
    }
    if users.is_empty() {
        return Err(fault.unwrap_or(MALFORMED));
    }
    Ok(users)
}

/// The user that one identifier names; it cannot contain several (RFC 9493, section 3.2.8: they are not nested).
fn named(
    subject: &Map<String, Value>,
    transmitter: &Transmitter,
) -> Vec<Result<Revocation, Fault>> {
    let Some(format) = format(subject) else {
        return vec![Err(MALFORMED)];
    };
    match format.as_str() {
        "iss_sub" => vec![of_issuer(subject, None, transmitter)],
        "email" => vec![email(subject)],
        // An identifier of Google's for one of its own users.
        "id_token_claims" => {
            let by_subject = subject.contains_key("sub");
            let by_subject =
                by_subject.then(|| of_issuer(subject, transmitter.issuer(), transmitter));
            let by_email = by_subject.is_none() || subject.contains_key("email");
            let by_email = by_email.then(|| email(subject));
            by_subject.into_iter().chain(by_email).collect()
        }
        "jwt_id" => vec![token(subject, transmitter)],
        "aliases" => vec![Err(MALFORMED)],
        _ => vec![Err(FORMAT)],
    }
}

/// A user of the provider, or one that the provider has linked with its own. `issuer` is the issuer if the identifier
/// names none.
fn of_issuer(
    subject: &Map<String, Value>,
    issuer: Option<&str>,
    transmitter: &Transmitter,
) -> Result<Revocation, Fault> {
    let issuer = match issuer {
        Some(issuer) if !subject.contains_key("iss") => issuer.to_owned(),
        _ => text(subject, "iss")?,
    };
    let subject = text(subject, "sub")?;
    if transmitter.is_provider(&issuer) {
        return Ok(Revocation::Subject { user: subject });
    }
    if !transmitter.is_issuer(&issuer) {
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

/// One token of the provider.
fn token(subject: &Map<String, Value>, transmitter: &Transmitter) -> Result<Revocation, Fault> {
    let token_id = text(subject, "jti")?;
    if transmitter.is_provider(&text(subject, "iss")?) {
        Ok(Revocation::TokenId { token_id })
    } else {
        Err(OTHER_ISSUER)
    }
}

/// The members of a complex subject, including those from before complex subjects had a format.
fn complex(subject: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let is_complex = match format(subject) {
        Some(format) => format == "complex",
        None => subject.contains_key("user") || subject.contains_key("session"),
    };
    is_complex.then_some(subject)
}

/// The format, as RFC 9493 writes it.
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

/// A text that a row can store.
fn text(subject: &Map<String, Value>, name: &str) -> Result<String, Fault> {
    let text = subject.get(name).and_then(Value::as_str);
    let text = text.ok_or(MALFORMED)?;
    let fits = vocabulary::external_id(text).map_err(|_| MALFORMED)?;
    Ok(fits.to_owned())
}

#[cfg(test)]
mod tests;
