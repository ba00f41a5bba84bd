//! JSON objects of which only the requested members are read, so that the others may be anything.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{Fault, text};

/// The members of an object; one that is null counts as absent, as in Keycloak.
#[derive(Debug, Default)]
pub struct Object<'a>(BTreeMap<String, &'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Members).map(Self)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = BTreeMap<String, &'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut all = BTreeMap::new();
        while let Some((name, value)) = members.next_entry::<String, &RawValue>()? {
            // Readers differ in which of two duplicates they use.
            if all.insert(name, value).is_some() {
                return Err(A::Error::custom("duplicate member"));
            }
        }
        Ok(all)
    }
}

impl<'a> Object<'a> {
    /// Parses JSON, if it is an object.
    pub fn parse(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// A member, unchanged.
    fn member(&self, name: &str) -> Option<&'a RawValue> {
        let found = self.0.get(name).copied();
        found.filter(|value| value.get() != "null")
    }

    /// A member of a type, if it is present.
    fn read<T: DeserializeOwned>(&self, name: &str, fault: Fault) -> Result<Option<T>, Fault> {
        let value = self.member(name);
        let read = value.map(|value| serde_json::from_str(value.get()).map_err(|_| fault));
        read.transpose()
    }

    /// Whether a member is present.
    pub fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    /// A text, unchanged.
    pub fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        self.read(name, Fault("unusable_member"))
    }

    /// A name, if it is present and not empty.
    pub fn name(&self, name: &str) -> Result<Option<String>, Fault> {
        let told = self.text(name)?;
        Ok(told.as_deref().and_then(text::name))
    }

    /// The same for a name that is compared without case.
    pub fn caseless(&self, name: &str) -> Result<Option<String>, Fault> {
        let told = self.text(name)?;
        Ok(told.as_deref().and_then(text::caseless))
    }

    /// An identifier.
    pub fn identifier(&self, name: &str) -> Result<Option<String>, Fault> {
        let told = self.text(name)?;
        told.as_deref().map(text::identifier).transpose()
    }

    /// A boolean.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, Fault> {
        self.read(name, Fault("unusable_member"))
    }

    /// A number without a fraction that is not negative.
    pub fn number(&self, name: &str) -> Result<Option<u64>, Fault> {
        self.read(name, Fault("unusable_member"))
    }

    /// A time in seconds since the epoch; `None` if it is zero, as in Keycloak.
    pub fn moment(&self, name: &str) -> Result<Option<u64>, Fault> {
        let told = self.number(name)?;
        // Larger numbers are milliseconds, or times that PostgreSQL cannot hold.
        let fault = Fault("unusable_member");
        match told.filter(|moment| *moment > 0) {
            Some(moment) if moment > u64::from(u32::MAX) => Err(fault),
            moment => Ok(moment),
        }
    }

    /// An inner object.
    pub fn object(&self, name: &str) -> Result<Option<Object<'a>>, Fault> {
        let fault = Fault("unusable_member");
        let value = self.member(name);
        let object = value.map(|value| Object::parse(value.get()).ok_or(fault));
        object.transpose()
    }

    /// A list of objects; empty if it is absent.
    pub fn objects(&self, name: &str) -> Result<Vec<Object<'a>>, Fault> {
        let fault = Fault("unusable_member");
        match self.member(name) {
            None => Ok(Vec::new()),
            Some(value) => serde_json::from_str(value.get()).map_err(|_| fault),
        }
    }

    /// All members, each a text or a list of texts, by their names; a member whose name cannot be stored is left out.
    pub fn lists(&self) -> Result<BTreeMap<String, Vec<String>>, Fault> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Values {
            One(String),
            Several(Vec<Option<String>>),
        }
        let mut lists = BTreeMap::new();
        for name in self.0.keys() {
            let fault = Fault("unusable_attributes");
            let Some(values) = self.read(name, fault)? else {
                continue;
            };
            let values = match values {
                Values::One(one) => vec![one],
                Values::Several(several) => several.into_iter().flatten().collect(),
            };
            let without_controls =
                |value: String| value.chars().filter(|c| !c.is_control()).collect();
            if text::identifier(name).is_ok() {
                let values = values.into_iter().map(without_controls).collect();
                lists.insert(name.clone(), values);
            }
        }
        Ok(lists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_must_fit() {
        let json = r#"{"name":"A","deep":[[{"a":1e400}]],"half":"\ud800","no":null,"yes":true,
            "lists":{"a":["1",null,"2\u0000"],"b":"3","c":[]," \u0001":[]}}"#;
        let object = Object::parse(json).unwrap();
        assert_eq!(object.text("name"), Ok(Some("A".to_owned())));
        assert_eq!(object.text("no"), Ok(None));
        assert_eq!(object.boolean("yes"), Ok(Some(true)));
        assert!(object.text("half").is_err());
        assert!(object.text("deep").is_err());
        assert!(object.object("deep").is_err());
        assert!(object.objects("lists").is_err());
        let lists = object.object("lists").unwrap().unwrap().lists().unwrap();
        let expected = [("a", vec!["1", "2"]), ("b", vec!["3"]), ("c", vec![])];
        let found: Vec<_> = lists
            .iter()
            .map(|(name, values)| (name.as_str(), values.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_object_has_each_name_once() {
        assert!(Object::parse(r#"{"a":1,"b":2}"#).is_some());
        for other in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            "[]",
            "7",
            "",
            "{}{}",
        ] {
            assert!(Object::parse(other).is_none(), "{other}");
        }
    }
}
