//! The realm itself.

use keycloak::{Fault, Object};

/// The time before which tokens of a realm must not have been issued, in seconds since the epoch.
#[derive(Debug, Eq, PartialEq)]
pub enum NotBefore {
    /// There is no such time.
    Never,
    /// This time.
    Since(u64),
    /// It is not known, since the client may not view the realm.
    NotTold,
}

/// What the Admin API says about a realm.
#[derive(Debug, Eq, PartialEq)]
pub struct Told {
    /// The time before which tokens must not have been issued.
    pub not_before: NotBefore,
    /// Whether it may have organizations; if this is not known, they must be requested.
    pub has_organizations: bool,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            not_before: NotBefore::NotTold,
            has_organizations: true,
        }
    }
}

/// Reads the realm's representation.
pub fn told(realm: &Object<'_>) -> Result<Told, Fault> {
    let not_before = match realm.moment("notBefore")? {
        Some(moment) => NotBefore::Since(moment),
        None if realm.has("notBefore") => NotBefore::Never,
        None => NotBefore::NotTold,
    };
    Ok(Told {
        not_before,
        has_organizations: realm.boolean("organizationsEnabled")?.unwrap_or(true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str) -> Result<Told, Fault> {
        super::told(&Object::parse(json).unwrap())
    }

    #[test]
    fn who_may_not_view_the_realm_is_not_told() {
        let check = |json: &str, expected| {
            assert_eq!(told(json).unwrap().not_before, expected, "{json}");
        };
        let brief =
            r#"{"realm":"veni","registrationEmailAsUsername":false,"organizationsEnabled":true}"#;
        check(brief, NotBefore::NotTold);
        check(r#"{"realm":"veni","notBefore":0}"#, NotBefore::Never);
        let since = r#"{"realm":"veni","notBefore":1795815330}"#;
        check(since, NotBefore::Since(1_795_815_330));
        assert!(told(r#"{"notBefore":"no"}"#).is_err());
    }

    #[test]
    fn organizations_are_there_unless_it_is_said_that_they_are_not() {
        for (json, expected) in [
            ("{}", true),
            (r#"{"organizationsEnabled":true}"#, true),
            (r#"{"organizationsEnabled":false}"#, false),
        ] {
            assert_eq!(told(json).unwrap().has_organizations, expected, "{json}");
        }
        assert!(told(r#"{"organizationsEnabled":"no"}"#).is_err());
    }
}
