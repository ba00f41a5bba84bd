//! The organizations that a token names: one by its id, or several by the provider's names for them.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;
use vocabulary::{external_id, json};

/// The maximum number of names that are used; further names in a token are ignored.
const MOST_NAMES: usize = 100;

/// The organization that a token claims.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum OrganizationClaim {
    /// The token claims none.
    None,
    /// The organization with this id: the claim `organization_id`; all others are then ignored.
    Id(Uuid),
    /// The organizations with these names, at least one, without duplicates and in order: the claim `organization`.
    Names(Vec<Name>),
}

/// A provider's name for an organization.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Name {
    /// The provider may give it to another organization later.
    pub alias: String,
    /// The provider never gives it to another organization.
    pub id: Option<String>,
}

impl OrganizationClaim {
    /// From the claim `organization` in each of its forms: one alias, an array of aliases, or an object whose keys are
    /// the aliases and whose values are objects that may have an `id`. Any other form names no organization.
    pub fn named(claim: &RawValue) -> Self {
        let mut names = names(claim);
        names.truncate(MOST_NAMES);
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            Self::None
        } else {
            Self::Names(names)
        }
    }
}

fn names(claim: &RawValue) -> Vec<Name> {
    if let Some(members) = json::members(claim) {
        let named = members.into_iter();
        return named
            .filter_map(|(key, value)| identified(key, value))
            .collect();
    }
    let aliases = json::items(claim).unwrap_or_else(|| vec![claim]);
    let named = aliases.into_iter().filter_map(|alias| word(alias.get()));
    named.map(|alias| Name { alias, id: None }).collect()
}

/// A member of the third form. If its `id` is invalid, the whole member is: the alias alone could find an
/// organization that the id would not.
fn identified(key: &str, value: &RawValue) -> Option<Name> {
    let alias = word(key)?;
    let said = json::members(value)?;
    let mut ids = said.into_iter().filter(|(key, _)| is_id(key));
    let id = match (ids.next(), ids.next()) {
        (None, _) => None,
        (Some((_, id)), None) => Some(word(id.get())?),
        (Some(_), Some(_)) => return None,
    };
    Some(Name { alias, id })
}

fn is_id(key: &str) -> bool {
    json::text(key).is_ok_and(|key| key == "id")
}

/// A text that can be an alias or an identifier.
fn word(raw: &str) -> Option<String> {
    let word = json::text(raw).ok()?;
    external_id(&word).is_ok().then(|| word.into_owned())
}

/// The resolution of a token's names, from PostgreSQL's answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Named {
    /// The organization to which the token belongs.
    pub organization: Uuid,
    /// Whether that is platform, which acts for the organization in `Shell-Organization`.
    pub acts_for: bool,
}

/// The length of an id with its hyphens, in bytes.
const ID: usize = 36;

impl Named {
    /// The cached bytes, with the version of the provider's names that it belongs to. Scripts read the beginning.
    pub fn to_bytes(self, version: i64) -> Vec<u8> {
        let acts_for = u8::from(self.acts_for);
        format!("{}{acts_for}{version}", self.organization).into_bytes()
    }

    /// From the cached bytes: the names, and their version.
    pub fn from_bytes(kept: &[u8]) -> Option<(Self, i64)> {
        let (organization, rest) = std::str::from_utf8(kept).ok()?.split_at_checked(ID)?;
        let (acts_for, version) = rest.split_at_checked(1)?;
        let named = Self {
            organization: vocabulary::id(organization)?,
            acts_for: acts_for == "1",
        };
        Some((named, version.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(alias: &str, id: Option<&str>) -> Name {
        Name {
            alias: alias.to_owned(),
            id: id.map(str::to_owned),
        }
    }

    #[track_caller]
    fn check(claim: serde_json::Value, expected: &[Name]) {
        let raw: Box<RawValue> = serde_json::from_value(claim).unwrap();
        let expected = match expected {
            [] => OrganizationClaim::None,
            names => OrganizationClaim::Names(names.to_vec()),
        };
        assert_eq!(OrganizationClaim::named(&raw), expected, "{raw}");
    }

    #[test]
    fn each_form_names_organizations() {
        let (acme, globex) = (name("acme", None), name("globex", None));
        let one = std::slice::from_ref(&acme);
        check(json!("acme"), one);
        check(json!(["acme"]), one);
        check(json!(["globex", "acme", "acme"]), &[acme.clone(), globex]);
        check(json!({"acme": {}}), one);
        check(json!({"acme": {"plan": ["pro"], "ids": 1}}), one);
        let identified = [name("acme", Some("88")), name("globex", Some("74"))];
        check(
            json!({"globex": {"id": "74"}, "acme": {"plan": ["pro"], "id": "88"}}),
            &identified,
        );
    }

    #[test]
    fn what_fits_no_form_names_nobody() {
        let nothing = [json!([]), json!({}), json!(1), json!(true), json!(1.5)];
        let words = [json!(""), json!("a\u{0}b"), json!("a".repeat(256))];
        for claim in nothing.into_iter().chain(words) {
            check(claim.clone(), &[]);
            let globex = name("globex", None);
            check(json!([claim, ["acme"], null, "globex"]), &[globex]);
        }
        for said in [json!(null), json!("88"), json!(1), json!([]), json!([{}])] {
            check(json!({"acme": said, "x": {}}), &[name("x", None)]);
        }
        check(json!("é".repeat(255)), &[name(&"é".repeat(255), None)]);
    }

    #[test]
    fn an_identifier_that_is_none_takes_its_alias_along() {
        let mut long = json!({"x": {"id": "1"}});
        for id in [json!(null), json!(1), json!(""), json!(["88"]), json!({})] {
            long["acme"] = json!({ "id": id });
            check(long.clone(), &[name("x", Some("1"))]);
        }
        for twice in [
            r#"{"acme":{"id":"1","id":"1"}}"#,
            r#"{"acme":{"id":"1","\u0069d":"2"}}"#,
        ] {
            let raw: Box<RawValue> = serde_json::from_str(twice).unwrap();
            assert_eq!(OrganizationClaim::named(&raw), OrganizationClaim::None);
        }
    }

    #[test]
    fn names_after_the_hundredth_say_nothing() {
        let aliases: Vec<_> = (0..150).map(|number| format!("o{number:03}")).collect();
        let expected: Vec<_> = aliases[..100].iter().map(|a| name(a, None)).collect();
        check(json!(aliases), &expected);
    }

    #[test]
    fn depth_alone_is_no_fault() {
        let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        for claim in [deep.clone(), format!(r#"{{"acme":{{"id":{deep}}}}}"#)] {
            let raw: Box<RawValue> = serde_json::from_str(&claim).unwrap();
            assert_eq!(OrganizationClaim::named(&raw), OrganizationClaim::None);
        }
    }

    #[test]
    fn what_names_stand_for_is_kept_whole() {
        for acts_for in [true, false] {
            let organization = Uuid::max();
            let named = Named {
                organization,
                acts_for,
            };
            let kept = named.to_bytes(42);
            assert_eq!(Named::from_bytes(&kept), Some((named, 42)));
            for end in 0..kept.len() - 2 {
                assert_eq!(Named::from_bytes(&kept[..end]), None);
            }
        }
    }
}
