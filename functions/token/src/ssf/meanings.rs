//! The meaning of an event type.

use serde_json::{Map, Value};

/// What an event ends for its subject, in ascending order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Meaning {
    /// The event is stored and changes nothing.
    Noted,
    /// An administrator changed the user's password.
    ResetsPassword,
    /// A session ends, or, if none is named, all sessions of a user.
    EndsSession,
    /// All tokens and sessions of a user end.
    EndsAll,
}

/// The prefixes of the types in CAEP 1.0, RISC 1.0 and the OAuth events that Google sends.
const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
const OAUTH: &str = "https://schemas.openid.net/secevent/oauth/event-type/";

/// The credential types of CAEP that are passwords.
const PASSWORDS: [&str; 2] = ["password", "pin"];

impl Meaning {
    /// The meaning of an event. An unknown event is noted.
    pub fn of(kind: &str, event: &Map<String, Value>) -> Self {
        if let Some(name) = kind.strip_prefix(CAEP) {
            return match name {
                "session-revoked" => Self::EndsSession,
                "credential-change" => of_credential(event),
                _ => Self::Noted,
            };
        }
        if let Some(name) = kind.strip_prefix(RISC) {
            return match name {
                "account-disabled" | "account-purged" | "sessions-revoked" => Self::EndsAll,
                _ => Self::Noted,
            };
        }
        match kind.strip_prefix(OAUTH) {
            Some("tokens-revoked") => Self::EndsAll,
            _ => Self::Noted,
        }
    }
}

/// Adding a second factor, or users changing their own password, ends nothing.
fn of_credential(event: &Map<String, Value>) -> Meaning {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_password = PASSWORDS.contains(&text("credential_type"));
    let is_reset = text("initiating_entity") == "admin" && text("change_type") != "create";
    if is_password && is_reset {
        Meaning::ResetsPassword
    } else {
        Meaning::Noted
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_type_has_its_meaning() {
        for (kind, expected) in [
            ("caep/event-type/session-revoked", Meaning::EndsSession),
            ("caep/event-type/session-established", Meaning::Noted),
            ("caep/event-type/session-presented", Meaning::Noted),
            ("caep/event-type/token-claims-change", Meaning::Noted),
            ("caep/event-type/assurance-level-change", Meaning::Noted),
            ("caep/event-type/device-compliance-change", Meaning::Noted),
            ("caep/event-type/risk-level-change", Meaning::Noted),
            ("risc/event-type/account-disabled", Meaning::EndsAll),
            ("risc/event-type/account-purged", Meaning::EndsAll),
            ("risc/event-type/sessions-revoked", Meaning::EndsAll),
            ("risc/event-type/account-enabled", Meaning::Noted),
            (
                "risc/event-type/account-credential-change-required",
                Meaning::Noted,
            ),
            ("risc/event-type/credential-compromise", Meaning::Noted),
            ("risc/event-type/identifier-changed", Meaning::Noted),
            ("risc/event-type/identifier-recycled", Meaning::Noted),
            ("risc/event-type/opt-out-effective", Meaning::Noted),
            ("risc/event-type/recovery-activated", Meaning::Noted),
            ("risc/event-type/verification", Meaning::Noted),
            ("oauth/event-type/tokens-revoked", Meaning::EndsAll),
            ("oauth/event-type/token-revoked", Meaning::Noted),
            ("ssf/event-type/verification", Meaning::Noted),
            ("ssf/event-type/stream-updated", Meaning::Noted),
            // A name of another family.
            ("risc/event-type/session-revoked", Meaning::Noted),
            ("caep/event-type/SESSION-REVOKED", Meaning::Noted),
        ] {
            let kind = format!("https://schemas.openid.net/secevent/{kind}");
            assert_eq!(Meaning::of(&kind, &Map::new()), expected, "{kind}");
        }
        assert_eq!(Meaning::of("session-revoked", &Map::new()), Meaning::Noted);
        assert_eq!(Meaning::of("", &Map::new()), Meaning::Noted);
    }

    #[test]
    fn a_password_is_reset_by_an_administrator() {
        for (credential, change, by, expected) in [
            ("password", "update", "admin", Meaning::ResetsPassword),
            ("password", "revoke", "admin", Meaning::ResetsPassword),
            ("pin", "delete", "admin", Meaning::ResetsPassword),
            ("password", "create", "admin", Meaning::Noted),
            ("password", "update", "user", Meaning::Noted),
            ("fido2-roaming", "create", "admin", Meaning::Noted),
            ("app", "delete", "admin", Meaning::Noted),
        ] {
            let event = json!({"credential_type": credential, "change_type": change, "initiating_entity": by});
            let event = event.as_object().unwrap();
            let meaning = Meaning::of(&format!("{CAEP}credential-change"), event);
            assert_eq!(meaning, expected, "{credential} {change} {by}");
        }
    }
}
