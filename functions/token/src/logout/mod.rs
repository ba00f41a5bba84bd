//! From a logout token to an event of the inbox.

#[cfg(test)]
mod captured;

use clock::Timestamp;
use inbox::{Event, Revocation};
use service::identity::logout::{EVENT, Logout};

use crate::{
    form::{Form, Unfit},
    told::{Fact, bounded},
};

/// The logout token in a form, from a body and its `Content-Type` (section 2.5). Other parameters of the form are
/// ignored.
pub fn token_of(content_type: &[String], body: &[u8]) -> Result<String, Unfit> {
    let form = Form::read(content_type, body)?;
    let token = form.optional("logout_token", "logout_token is sent more than once")?;
    token
        .map(str::to_owned)
        .ok_or(Unfit("logout_token is missing"))
}

/// The event of a logout token that arrived at this time. If the token names a session, that session ends, otherwise
/// all sessions of the user.
pub fn event(logout: Logout, arrived: Timestamp) -> Event<Fact> {
    let Logout {
        id,
        issued_at,
        subject,
        session,
    } = logout;
    let revocation = match (session, subject) {
        (Some(session), user) => Some(Revocation::Session { session, user }),
        (None, Some(user)) => Some(Revocation::Subject { user }),
        // The check of the token refuses this case.
        (None, None) => None,
    };
    Event {
        id,
        kind: EVENT.to_owned(),
        time: bounded(issued_at, arrived),
        facts: revocation.map(Fact::Revocation).into_iter().collect(),
        ignored: false,
        failed: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::form::MEDIA_TYPE;

    #[test]
    fn a_form_brings_one_token() {
        let token = |form: &str| {
            let token = token_of(&[MEDIA_TYPE.to_owned()], form.as_bytes());
            token.map_err(|Unfit(why)| why)
        };
        assert_eq!(token("logout_token=a.b.c").as_deref(), Ok("a.b.c"));
        assert_eq!(
            token("x=1&logout_token=a%2Eb.c&logout_hint=y").as_deref(),
            Ok("a.b.c")
        );
        assert_eq!(token("logout_token=+a.b.c%0D%0A").as_deref(), Ok("a.b.c"));
        let none = Err("logout_token is missing");
        for form in [
            "",
            "logout_token=",
            "Logout_Token=a.b.c",
            r#"{"logout_token":"a"}"#,
        ] {
            assert_eq!(token(form), none, "{form}");
        }
        let several = Err("logout_token is sent more than once");
        assert_eq!(token("logout_token=a&logout_token=a"), several);
        assert_eq!(token("logout_token=&logout%5Ftoken=a"), several);
    }

    #[test]
    fn a_named_session_ends_and_else_all_of_the_user() {
        let fact = |subject: Option<&str>, session: Option<&str>| {
            let logout = Logout {
                id: "1".to_owned(),
                issued_at: 1_000_000,
                subject: subject.map(str::to_owned),
                session: session.map(str::to_owned),
            };
            json!(event(logout, Timestamp::from_unix(1_000, 0)).facts)
        };
        assert_eq!(
            fact(Some("alice"), None),
            json!([{"kind": "revocation", "scope": "subject", "user": "alice"}])
        );
        assert_eq!(
            fact(None, Some("one")),
            json!([{"kind": "revocation", "scope": "session", "session": "one"}])
        );
        assert_eq!(
            fact(Some("alice"), Some("one")),
            json!([{"kind": "revocation", "scope": "session", "session": "one", "user": "alice"}])
        );
    }

    #[test]
    fn a_time_to_come_is_soon() {
        let time = |issued_at| {
            let logout = Logout {
                id: "1".to_owned(),
                issued_at,
                subject: Some("alice".to_owned()),
                session: None,
            };
            event(logout, Timestamp::from_unix(1_000, 0)).time
        };
        assert_eq!(time(999_000), 999_000);
        assert_eq!(time(1_030_000), 1_030_000);
        assert_eq!(time(u64::MAX), 1_030_000);
    }
}
