//! Events that end sessions or revoke tokens.

use inbox::Revocation;

use keycloak::text;

use super::{Facts, Fault, delivery::Delivery};
use crate::facts::Fact;

/// Revokes all tokens that a user had until then.
pub fn all_of(user: String) -> Fact {
    Fact::Revocation(Revocation::Subject { user })
}

/// Keycloak's page on which users end their other sessions.
const ACCOUNT_PAGE: &str = "account";

/// `access.LOGOUT`.
pub fn logged_out(delivery: &Delivery<'_>) -> Facts {
    // For a required action, the event names the session in which it was done, and none of those that ended; if
    // several sessions end on the account's page, it names one of them, and other events have ids that belong to no
    // session.
    let client = delivery.client().unwrap_or_default();
    if delivery.details.has("logout_triggered_by_required_action")
        || client.as_deref() == Some(ACCOUNT_PAGE)
    {
        return Ok(Some(vec![all_of(delivery.person()?)]));
    }
    ended(delivery)
}

/// `access.USER_SESSION_DELETED`: a session expired, or was found to be invalid.
pub fn ended(delivery: &Delivery<'_>) -> Facts {
    let fact = match (delivery.session(), delivery.person_if_told()?) {
        (Ok(Some(session)), user) => Fact::Revocation(Revocation::Session { session, user }),
        // The session is not known, so it may be any session of the user.
        (_, Some(user)) => all_of(user),
        (Err(fault), None) => return Err(fault),
        (Ok(None), None) => return Err(Fault("no_session")),
    };
    Ok(Some(vec![fact]))
}

/// `access.REVOKE_GRANT`: an access token, a refresh token, or everything that a user granted to a client.
pub fn revoked(delivery: &Delivery<'_>) -> Facts {
    if let Some(token_id) = delivery.details.identifier("token_id")? {
        let token = Revocation::TokenId { token_id };
        return Ok(Some(vec![Fact::Revocation(token)]));
    }
    if delivery.details.has("refresh_token_id") {
        return ended(delivery);
    }
    // The session, if there is one, is the one in which the grant was revoked.
    Ok(Some(vec![all_of(delivery.person()?)]))
}

/// `access.UPDATE_CREDENTIAL`: users set another password, perhaps because they had forgotten theirs, which the event
/// does not show; or they changed another credential.
pub fn credential_updated(delivery: &Delivery<'_>) -> Facts {
    let kind = delivery.details.text("credential_type")?;
    if kind.is_some_and(|kind| kind != "password") {
        return Ok(None);
    }
    let user = delivery.person()?;
    Ok(Some(vec![Fact::PasswordReset { user }]))
}

/// `admin.USER_SESSION-DELETE`. The event does not have the session's user.
pub fn ended_by_administrator(delivery: &Delivery<'_>) -> Facts {
    match *delivery.path()? {
        ["sessions", session] => {
            let session = text::identifier(session)?;
            let user = None;
            let fact = Fact::Revocation(Revocation::Session { session, user });
            Ok(Some(vec![fact]))
        }
        _ => Ok(None),
    }
}

/// `admin.USER-ACTION`: actions for a user that are not changes of its fields.
pub fn user_action(delivery: &Delivery<'_>) -> Facts {
    match *delivery.path()? {
        // All sessions of a user end, or all grants of the user to a client.
        ["users", user, "logout"] | ["users", user, "consents", _] => {
            Ok(Some(vec![all_of(text::identifier(user)?)]))
        }
        ["users", user, "reset-password"] => {
            let user = text::identifier(user)?;
            Ok(Some(vec![Fact::PasswordReset { user }]))
        }
        _ => Ok(None),
    }
}

/// `admin.REALM-ACTION`. Pushing a "not before" to clients (`push-revocation`) comes after an event that set it.
pub fn realm_action(delivery: &Delivery<'_>) -> Facts {
    match *delivery.path()? {
        ["logout-all"] => Ok(Some(vec![Fact::Revocation(Revocation::Provider)])),
        _ => Ok(None),
    }
}

/// `admin.REALM-UPDATE`: a realm was disabled, or has a "not before", which revokes older tokens.
pub fn realm_updated(delivery: &Delivery<'_>) -> Facts {
    if !delivery.is_about_the_realm() {
        return Ok(None);
    }
    let Some(sent) = delivery.representation()? else {
        return Ok(None);
    };
    let mut facts = Vec::new();
    if sent.boolean("enabled")? == Some(false) {
        facts.push(Fact::Revocation(Revocation::Provider));
    }
    if let Some(not_before) = sent.moment("notBefore")? {
        facts.push(Fact::NotBefore { not_before });
    }
    Ok((!facts.is_empty()).then_some(facts))
}
