//! Groups, of the realm and within its organizations.

use keycloak::{Fault, Group, Object};

/// A group of a list, and whether it is known to have no subgroups.
#[derive(Debug, Eq, PartialEq)]
pub struct Listed {
    /// The group.
    pub group: Group,
    /// Whether the list says that it has no subgroups; if the list says nothing, it may have some.
    pub is_leaf: bool,
}

/// Reads an item of a list, which is that of an organization's groups or of a parent's subgroups if these are given.
pub fn listed(
    object: &Object<'_>,
    organization: Option<&str>,
    parent: Option<&str>,
) -> Result<Listed, Fault> {
    Ok(Listed {
        group: Group {
            parent: Some(parent.map(str::to_owned)),
            ..named(object, organization)?
        },
        is_leaf: object.number("subGroupCount")? == Some(0),
    })
}

/// Reads an answer about one group. Within an organization, its parent is not read: a top-level group there has a
/// hidden one.
pub fn found(object: &Object<'_>, organization: Option<&str>) -> Result<Group, Fault> {
    let mut group = named(object, organization)?;
    if organization.is_none() {
        group.parent = Some(object.identifier("parentId")?);
    }
    Ok(group)
}

/// Reads an item of the groups that a user is in, likewise. For a group of the realm, an item with a path is complete.
pub fn joined(object: &Object<'_>, organization: Option<&str>) -> Result<Group, Fault> {
    let mut group = named(object, organization)?;
    let parent = object.identifier("parentId")?;
    let is_whole = parent.is_some() || object.text("path")?.is_some();
    if is_whole && organization.is_none() {
        group.parent = Some(parent);
    }
    Ok(group)
}

fn named(object: &Object<'_>, organization: Option<&str>) -> Result<Group, Fault> {
    Ok(Group {
        group: object.identifier("id")?.ok_or(Fault("no_group"))?,
        organization: organization.map(str::to_owned),
        name: object.name("name")?,
        parent: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::reading::Fact;

    fn object(json: &str) -> Object<'_> {
        Object::parse(json).unwrap()
    }

    #[test]
    fn the_list_tells_where_a_group_is() {
        let json = r#"{"id":"g","name":"editors","path":"/staff/editors","parentId":"other","subGroupCount":0}"#;
        let listed = |organization, parent| {
            let listed = listed(&object(json), organization, parent).unwrap();
            (json!(Fact::Group(listed.group)), listed.is_leaf)
        };
        let top = json!({"kind": "group", "group": "g", "name": "editors", "parent": null});
        assert_eq!(listed(None, None), (top, true));
        let within = json!({"kind": "group", "group": "g", "organization": "o", "name": "editors", "parent": "p"});
        assert_eq!(listed(Some("o"), Some("p")), (within, true));
    }

    #[test]
    fn a_missing_count_is_not_zero() {
        for json in [r#"{"id":"g"}"#, r#"{"id":"g","subGroupCount":2}"#] {
            assert!(
                !listed(&object(json), None, None).unwrap().is_leaf,
                "{json}"
            );
        }
        assert!(listed(&object(r#"{"name":"g"}"#), None, None).is_err());
    }

    #[test]
    fn one_that_is_asked_for_names_its_parent() {
        let json = r#"{"id":"g","name":"editors","parentId":"p"}"#;
        let found = |organization| json!(super::found(&object(json), organization).unwrap());
        let expected = json!({"group": "g", "name": "editors", "parent": "p"});
        assert_eq!(found(None), expected);
        let within = json!({"group": "g", "organization": "o", "name": "editors"});
        assert_eq!(found(Some("o")), within);
        let top = super::found(&object(r#"{"id":"g","name":"a"}"#), None).unwrap();
        assert_eq!(top.parent, Some(None));
    }

    #[test]
    fn one_that_a_user_is_in_is_whole_with_its_path() {
        let parent = |json| joined(&object(json), None).unwrap().parent;
        assert_eq!(parent(r#"{"id":"g","name":"a","path":"/a"}"#), Some(None));
        let below = r#"{"id":"g","name":"b","path":"/a/b","parentId":"p"}"#;
        assert_eq!(parent(below), Some(Some("p".to_owned())));
        assert_eq!(parent(r#"{"id":"g","name":"a"}"#), None);
        let within = joined(&object(below), Some("o")).unwrap();
        assert_eq!(
            (within.organization.as_deref(), within.parent),
            (Some("o"), None)
        );
    }
}
