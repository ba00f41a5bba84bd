//! The meaning of an answer of the Admin API.

use std::time::Duration;

use keycloak::Object;

use crate::failure::Failure;

/// The longest wait before a retry that an answer may ask for, in seconds.
const LONGEST_WAIT: u64 = 30;

/// A complete answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// The time of the state that it shows, in milliseconds since the epoch, by the provider's clock.
    pub at: u64,
    /// Its body.
    pub body: String,
}

/// The kind of object that is requested.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    User,
    Group,
    Organization,
    /// A feature that a realm or a Keycloak may lack as a whole: organizations, and groups within them.
    Resource,
}

impl Kind {
    /// The role of `realm-management` that it needs.
    pub fn role(self) -> &'static str {
        match self {
            Self::User | Self::Group => "view-users",
            Self::Organization | Self::Resource => "view-organizations",
        }
    }

    /// The messages by which Keycloak says that there is none.
    fn not_found(self) -> &'static [&'static str] {
        match self {
            Self::User => &["User not found"],
            Self::Group => &["Could not find group by id", "Group does not exist"],
            Self::Organization => &["Organization not found"],
            Self::Resource => &[
                "Organizations not enabled for this realm",
                "Unable to find matching target resource method",
                "HTTP 404 Not Found",
            ],
        }
    }
}

impl Answer {
    /// A complete list of objects.
    pub fn list(&self, kind: Kind) -> Result<Vec<Object<'_>>, Failure> {
        self.check(kind)?;
        serde_json::from_str(&self.body).map_err(|_| Failure::NotWhole("JSON array of objects"))
    }

    /// A list of objects that belong to others; `None` if the answer says that one of these owners does not exist.
    pub fn list_of(&self, kind: Kind, owners: &[Kind]) -> Result<Option<Vec<Object<'_>>>, Failure> {
        if owners.iter().any(|owner| self.is_gone(*owner)) {
            return Ok(None);
        }
        self.list(kind).map(Some)
    }

    /// The object of a kind that has an identifier; `None` if the answer says that there is none.
    pub fn one(&self, kind: Kind, id: &str) -> Result<Option<Object<'_>>, Failure> {
        if self.is_gone(kind) {
            return Ok(None);
        }
        self.check(kind)?;
        let object = Object::parse(&self.body).ok_or(Failure::NotWhole("JSON object"))?;
        match object.text("id") {
            Ok(Some(told)) if told == id => Ok(Some(object)),
            _ => Err(Failure::Other),
        }
    }

    /// Whether it says that an object of a kind does not exist. A status 404 can have many other causes: only these
    /// messages count.
    pub fn is_gone(&self, kind: Kind) -> bool {
        let Some(object) = Some(404)
            .filter(|status| *status == self.status)
            .and_then(|_| Object::parse(&self.body))
        else {
            return false;
        };
        let told = ["error", "errorMessage"].map(|name| object.text(name).ok().flatten());
        let mut told = told.iter().flatten();
        told.any(|told| kind.not_found().contains(&told.trim_end_matches('.')))
    }

    fn check(&self, kind: Kind) -> Result<(), Failure> {
        match self.status {
            200 => Ok(()),
            403 => Err(Failure::Forbidden(kind.role())),
            404 => Err(Failure::NotFound),
            status => Err(Failure::Status(status)),
        }
    }
}

/// How long to wait before the next attempt, after so many attempts, which are at least 1.
pub fn wait(retry_after: Option<&[u8]>, attempts: u32) -> Duration {
    let told = retry_after.and_then(|header| std::str::from_utf8(header).ok()?.trim().parse().ok());
    let seconds: u64 = told.unwrap_or_else(|| 1 << attempts.saturating_sub(1).min(2));
    Duration::from_secs(seconds.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            at: 0,
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_list_is_whole_or_none() {
        assert_eq!(answer(200, "[]").list(Kind::User).unwrap().len(), 0);
        let two = r#"[{"id":"a"},{"id":"b"}] "#;
        assert_eq!(answer(200, two).list(Kind::User).unwrap().len(), 2);
        for body in [
            "",
            "{}",
            r#"[{"id":"a"}"#,
            r#"[{"id":"a"},"#,
            r#"[{"id":"a"},{"error":"unknown_error"}"#,
            r#"[{"id":"a"}{"error":"unknown_error"}]"#,
            r#"[{"id":"a"},null]"#,
            r#"["a"]"#,
            "[]]",
            "null",
        ] {
            let list = answer(200, body).list(Kind::User).map(|list| list.len());
            assert_eq!(
                list,
                Err(Failure::NotWhole("JSON array of objects")),
                "{body}"
            );
        }
    }

    #[test]
    fn what_is_refused_says_what_it_takes() {
        let refused = |status, kind| answer(status, "[]").list(kind).unwrap_err();
        assert_eq!(refused(403, Kind::User), Failure::Forbidden("view-users"));
        assert_eq!(
            refused(403, Kind::Organization),
            Failure::Forbidden("view-organizations")
        );
        assert_eq!(refused(404, Kind::User), Failure::NotFound);
        assert_eq!(refused(500, Kind::User), Failure::Status(500));
        assert_eq!(refused(302, Kind::User), Failure::Status(302));
    }

    #[test]
    fn only_these_words_say_that_somebody_is_gone() {
        let gone = answer(404, r#"{"error":"User not found","error_description":"x"}"#);
        assert!(gone.one(Kind::User, "a").unwrap().is_none());
        for other in [
            r#"{"error":"HTTP 404 Not Found"}"#,
            r#"{"error":"Realm not found."}"#,
            r#"{"error":"Could not find group by id"}"#,
            r#"{"error":404}"#,
            "",
            "<html>",
            r#"["User not found"]"#,
        ] {
            let one = answer(404, other).one(Kind::User, "a").map(|_| ());
            assert_eq!(one, Err(Failure::NotFound), "{other}");
        }
        let found = answer(200, r#"{"error":"User not found"}"#);
        assert_eq!(found.one(Kind::User, "a").map(|_| ()), Err(Failure::Other));
    }

    #[test]
    fn a_list_is_gone_with_those_that_it_belongs_to() {
        let gone = answer(404, r#"{"errorMessage":"Organization not found."}"#);
        let owners = [Kind::User, Kind::Organization];
        assert!(gone.list_of(Kind::Group, &owners).unwrap().is_none());
        let not_found = gone.list_of(Kind::Group, &[Kind::User]).map(|_| ());
        assert_eq!(not_found, Err(Failure::NotFound));
        assert!(
            answer(200, "[]")
                .list_of(Kind::Group, &owners)
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn one_is_the_one_that_was_asked_for() {
        let one = answer(200, r#"{"id":"a"}"#);
        assert!(one.one(Kind::Group, "a").unwrap().is_some());
        assert_eq!(one.one(Kind::Group, "b").map(|_| ()), Err(Failure::Other));
        let cut = answer(200, r#"{"id":"a""#)
            .one(Kind::Group, "a")
            .map(|_| ());
        assert_eq!(cut, Err(Failure::NotWhole("JSON object")));
    }

    #[test]
    fn who_is_overloaded_is_given_time() {
        let seconds =
            |header: Option<&str>, attempts| wait(header.map(str::as_bytes), attempts).as_secs();
        assert_eq!([1, 2, 3].map(|attempts| seconds(None, attempts)), [1, 2, 4]);
        assert_eq!(seconds(Some("7"), 1), 7);
        assert_eq!(seconds(Some("0"), 3), 0);
        assert_eq!(seconds(Some("3600"), 1), 30);
        assert_eq!(seconds(Some("soon"), 2), 2);
    }
}
