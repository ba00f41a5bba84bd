//! Unambiguous JSON (RFC 7493, section 2): a body with a duplicate name in one object, half of a surrogate pair
//! or a number out of the range of a double could be decided as one parser reads it and carried out as another
//! does.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// The number of an object's names that are compared one by one.
const FEW: usize = 16;

/// Why a text is refused.
#[derive(Debug, Eq, PartialEq)]
pub enum Fault {
    /// It is not valid JSON.
    NoJson(String),
    /// It is ambiguous JSON, or nested too deeply.
    Unclear(String),
}

/// Checks a whole text, including the members that are not read.
pub fn check(text: &str) -> Result<(), Fault> {
    let Err(fault) = serde_json::from_str::<Clear>(text) else {
        return Ok(());
    };
    // This parser checks only the syntax.
    Err(match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Fault::Unclear(fault.to_string()),
        Err(fault) => Fault::NoJson(fault.to_string()),
    })
}

/// A value that is checked and discarded.
struct Clear;

impl<'de> Deserialize<'de> for Clear {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ClearVisitor)
    }
}

struct ClearVisitor;

impl<'de> Visitor<'de> for ClearVisitor {
    type Value = Clear;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Clear, E> {
        Ok(Clear)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Clear, E> {
        Ok(Clear)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Clear, E> {
        Ok(Clear)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Clear, E> {
        Ok(Clear)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Clear, E> {
        Ok(Clear)
    }

    fn visit_str<E>(self, _: &str) -> Result<Clear, E> {
        Ok(Clear)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Clear, A::Error> {
        while items.next_element::<Clear>()?.is_some() {}
        Ok(Clear)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Clear, A::Error> {
        let mut names = Names::default();
        while let Some(Name(name)) = members.next_key()? {
            if !names.add(name) {
                return Err(A::Error::custom("an object has a duplicate member"));
            }
            members.next_value::<Clear>()?;
        }
        Ok(Clear)
    }
}

/// A member's name, which is copied only if it has escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

/// The names of one object. Most objects have few.
#[derive(Default)]
struct Names<'a> {
    few: Vec<Cow<'a, str>>,
    more: HashSet<Cow<'a, str>>,
}

impl<'a> Names<'a> {
    /// Adds a name, and returns whether it is new.
    fn add(&mut self, name: Cow<'a, str>) -> bool {
        if self.few.contains(&name) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(name);
            return true;
        }
        self.more.insert(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_unclear(text: &str) -> bool {
        matches!(check(text), Err(Fault::Unclear(_)))
    }

    #[test]
    fn what_every_reader_reads_alike() {
        let many: Vec<_> = (0..1_000).map(|n| format!(r#""{n}":{n}"#)).collect();
        for text in [
            "{}",
            r#"{"a":{"a":[1,-2.5e300,123456789012345678901234567890,true,null,"\ud83d\ude00\u0000"]},"b":{"a":1}}"#,
            &format!("{{{}}}", many.join(",")),
            &format!("{}{}", "[".repeat(120), "]".repeat(120)),
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_readers_may_differ_about() {
        let many: Vec<_> = (0..100).map(|n| format!(r#""{n}":0"#)).collect();
        let many = many.join(",");
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"[{"x":{"é":1,"\u00e9":2}}]"#,
            &format!(r#"{{{many},"7":1}}"#),
            &format!(r#"{{{many},"77":1}}"#),
            r#""\ud800""#,
            r#"{"\udc00":1}"#,
            r#"["\ud800\u0041"]"#,
            "1e400",
            r#"{"more":[-1e309]}"#,
            &format!("1{}", "0".repeat(400)),
            &format!("{}{}", "[".repeat(200), "]".repeat(200)),
            &format!("{}{}", "[".repeat(400_000), "]".repeat(400_000)),
        ] {
            assert!(is_unclear(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_json() {
        for text in [
            "",
            "{",
            "{}{}",
            "[1,]",
            "'a'",
            "NaN",
            "01",
            "\"\n\"",
            "\u{feff}{}",
        ] {
            assert!(matches!(check(text), Err(Fault::NoJson(_))), "{text}");
        }
    }

    #[test]
    fn an_answer_does_not_repeat_what_was_sent() {
        let name = "n".repeat(1_000);
        let Err(Fault::Unclear(said)) = check(&format!(r#"{{"{name}":1,"{name}":2}}"#)) else {
            panic!("it is unclear");
        };
        assert_eq!(
            said,
            "an object has a duplicate member at line 1 column 2008"
        );
    }
}
