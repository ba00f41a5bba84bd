//! Events that end sessions or revoke tokens.

use inbox::Revocation;

use keycloak::text;

use super::{Facts, Fault, delivery::Delivery};
use crate::facts::Fact;

/// That all counts no more that a user had until then.
pub fn all_of(user: String) -> Fact {
    Fact::Revocation(Revocation::Subject { user })
}

/// Keycloak's own page on which people end their other sessions.
const ACCOUNT_PAGE: &str = "account";

/// `access.LOGOUT`.
pub fn logged_out(delivery: &Delivery<'_>) -> Facts {
    // Of a required action it names the session in which that was done, and none of those that ended; of several that
    // ended on the account's page, one by its name and the others by what is no session's.
    let client = delivery.client().unwrap_or_default();
    if delivery.details.has("logout_triggered_by_required_action")
        || client.as_deref() == Some(ACCOUNT_PAGE)
    {
        return Ok(Some(vec![all_of(delivery.person()?)]));
    }
    ended(delivery)
}

/// `access.USER_SESSION_DELETED`: a session expired, or was found to be none any longer.
pub fn ended(delivery: &Delivery<'_>) -> Facts {
    let fact = match (delivery.session(), delivery.person_if_told()?) {
        (Ok(Some(session)), user) => Fact::Revocation(Revocation::Session { session, user }),
        // Which it was is not known, so it may be any of the user's.
        (_, Some(user)) => all_of(user),
        (Err(fault), None) => return Err(fault),
        (Ok(None), None) => return Err(Fault("no_session")),
    };
    Ok(Some(vec![fact]))
}

/// `access.REVOKE_GRANT`: of an access token, of a refresh token, or of all that a client was granted by a user.
pub fn revoked(delivery: &Delivery<'_>) -> Facts {
    if let Some(token_id) = delivery.details.identifier("token_id")? {
        let token = Revocation::TokenId { token_id };
        return Ok(Some(vec![Fact::Revocation(token)]));
    }
    if delivery.details.has("refresh_token_id") {
        return ended(delivery);
    }
    // The session, if one is named, is that in which it was done.
    Ok(Some(vec![all_of(delivery.person()?)]))
}

/// `access.UPDATE_CREDENTIAL`: a person chose another password, also by way of one that was forgotten, which nothing
/// tells apart; or changed something else to sign in by.
pub fn credential_updated(delivery: &Delivery<'_>) -> Facts {
    let kind = delivery.details.text("credential_type")?;
    if kind.is_some_and(|kind| kind != "password") {
        return Ok(None);
    }
    let user = delivery.person()?;
    Ok(Some(vec![Fact::PasswordReset { user }]))
}

/// `admin.USER_SESSION-DELETE`. Whose it was is not told.
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

/// `admin.USER-ACTION`: what is done to a user and not to its fields.
pub fn user_action(delivery: &Delivery<'_>) -> Facts {
    match *delivery.path()? {
        // All of a user's sessions end, or all that a client was granted by it.
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

/// `admin.REALM-ACTION`. That a moment is pushed to clients (`push-revocation`) is told after it was set.
pub fn realm_action(delivery: &Delivery<'_>) -> Facts {
    match *delivery.path()? {
        ["logout-all"] => Ok(Some(vec![Fact::Revocation(Revocation::Provider)])),
        _ => Ok(None),
    }
}

/// `admin.REALM-UPDATE`: a realm was disabled, or has a moment before which its tokens count no more.
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
