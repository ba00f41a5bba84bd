//! Organizations.

use keycloak::{Fault, Object, Organization};

/// Reads an item of a list, or an answer about one organization.
pub fn organization(object: &Object<'_>) -> Result<Organization, Fault> {
    let id = object.identifier("id")?;
    let alias = object.text("alias")?.filter(|alias| !alias.is_empty());
    let alias = alias
        .as_deref()
        .map(keycloak::text::identifier)
        .transpose()?;
    Ok(Organization {
        organization: id.ok_or(Fault("no_organization"))?,
        alias,
        enabled: object.boolean("enabled")?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::reading::Fact;

    const CAPTURED: &str = include_str!("../../captured/organizations.json");

    #[test]
    fn an_organization_as_a_keycloak_has_it() {
        let captured: Vec<Object<'_>> = serde_json::from_str(CAPTURED).unwrap();
        let told = organization(&captured[0]).unwrap();
        let expected = json!({"kind": "organization", "organization": "88fc9b9f-94b3-4530-a226-09d0a0fb12b0",
            "alias": "acme", "enabled": true});
        assert_eq!(json!(Fact::Organization(told)), expected);
    }

    #[test]
    fn what_has_no_identifier_is_none() {
        for json in ["{}", r#"{"error":"unknown_error"}"#, r#"{"id":7}"#] {
            assert!(
                organization(&Object::parse(json).unwrap()).is_err(),
                "{json}"
            );
        }
    }
}
