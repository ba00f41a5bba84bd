//! A user's identities at other providers.

use keycloak::{Fault, Object};
use serde::Serialize;

/// An identity at another provider.
#[derive(Debug, Default, Eq, PartialEq, Serialize)]
pub struct Link {
    /// The name of the other provider at the user's provider.
    pub alias: String,
    /// The identifier that the user has there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The username that the user has there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// Reads an item of the list.
pub fn link(object: &Object<'_>) -> Result<Link, Fault> {
    let alias = object.identifier("identityProvider")?;
    Ok(Link {
        alias: alias.ok_or(Fault("no_identity_provider"))?,
        external_id: object.name("userId")?,
        username: object.name("userName")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_as_a_keycloak_has_it() {
        let json =
            r#"{"identityProvider":"partner","userId":"u1","userName":"Erin@partner.example"}"#;
        let expected = Link {
            alias: "partner".to_owned(),
            external_id: Some("u1".to_owned()),
            username: Some("Erin@partner.example".to_owned()),
        };
        assert_eq!(link(&Object::parse(json).unwrap()), Ok(expected));
        assert!(link(&Object::parse(r#"{"userId":"u1"}"#).unwrap()).is_err());
    }
}
