//! The path and the body of requests about resources, validated: all errors are reported at once.

use std::{borrow::Cow, collections::HashSet};

use serde::Serialize;
use serde_json::value::RawValue;
use service::{
    http::{
        json,
        sent::{Faults, Fields, Place},
    },
    problem::Problem,
};
use vocabulary::{
    Invalid,
    object::{self, PROPERTIES},
};

use super::Named;

/// The maximum number of resources in one call.
const MOST: usize = 1_000;

/// A resource that is to be stored, as a parameter of the database's functions.
#[derive(Debug, Serialize)]
pub struct Content<'a> {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Cow<'a, str>,
    /// Its id within the type.
    pub id: Cow<'a, str>,
    /// Its properties.
    pub properties: &'a RawValue,
}

/// The resource that a path names; nothing if no resource can have this name. PostgreSQL would refuse some of these.
pub fn named(kind: String, id: String) -> Option<Named> {
    let fits = vocabulary::stored_type(&kind).is_ok() && vocabulary::stored_id(&id).is_ok();
    fits.then_some((kind, id))
}

/// Reads the body of `PUT /v1/resources/{type}/{id}`.
pub fn one<'a>(kind: &'a str, id: &'a str, body: &'a str) -> Result<Content<'a>, Problem> {
    let mut faults = Faults::default();
    let type_place = Place::Member(&Place::Whole, "type");
    let kind = faults.judge(&type_place, vocabulary::stored_type(kind));
    let id = faults.judge(
        &Place::Member(&Place::Whole, "id"),
        vocabulary::stored_id(id),
    );
    let properties = parsed(body, &mut faults)?.and_then(|fields| properties(&fields, &mut faults));
    let whole = || {
        Some(Content {
            kind: Cow::Borrowed(kind?),
            id: Cow::Borrowed(id?),
            properties: properties?,
        })
    };
    faults.none_in(whole())
}

/// Reads the body of `POST /v1/resources`.
pub fn several(body: &str) -> Result<Vec<Content<'_>>, Problem> {
    let mut faults = Faults::default();
    let sent = parsed(body, &mut faults)?.and_then(|fields| {
        fields.required(&mut faults, "resources", |raw| {
            json::items(raw)
                .filter(|items| (1..=MOST).contains(&items.len()))
                .ok_or(Invalid("an array of 1 to 1,000 resources"))
        })
    });
    let list = Place::Member(&Place::Whole, "resources");
    let mut read = Vec::new();
    let mut named = HashSet::new();
    for (position, raw) in sent.iter().flatten().enumerate() {
        read.extend(item(
            raw,
            &Place::Item(&list, position),
            &mut named,
            &mut faults,
        ));
    }
    faults.none_in(sent.map(|_| read))
}

fn parsed<'a>(body: &'a str, faults: &mut Faults) -> Result<Option<Fields<'a, 'static>>, Problem> {
    const WHOLE: &Place<'static> = &Place::Whole;
    let raw = serde_json::from_str(body);
    let raw = raw.map_err(|fault| Problem::invalid_json(fault.to_string()))?;
    Ok(Fields::new(raw, WHOLE, faults))
}

/// The second of two duplicates is invalid.
fn item<'a>(
    raw: &'a RawValue,
    place: &Place<'_>,
    named: &mut HashSet<(Cow<'a, str>, Cow<'a, str>)>,
    faults: &mut Faults,
) -> Option<Content<'a>> {
    let fields = Fields::new(raw, place, faults)?;
    let kind = fields.required(faults, "type", |raw| text(raw, vocabulary::stored_type));
    let id = fields.required(faults, "id", |raw| text(raw, vocabulary::stored_id));
    let properties = properties(&fields, faults);
    let (kind, id) = (kind?, id?);
    if !named.insert((kind.clone(), id.clone())) {
        faults.add(place, &Invalid("each resource once"));
    }
    Some(Content {
        kind,
        id,
        properties: properties?,
    })
}

/// An empty object if there are none.
fn properties<'a>(fields: &Fields<'a, '_>, faults: &mut Faults) -> Option<&'a RawValue> {
    let Some(sent) = fields.get("properties") else {
        return serde_json::from_str("{}").ok();
    };
    let place = fields.place("properties");
    object::check(sent, &PROPERTIES, &place, &mut |place, unfit| {
        faults.add(place, &unfit);
    });
    Some(sent)
}

fn text<'a>(
    raw: &'a RawValue,
    check: impl Fn(&str) -> Result<&str, Invalid>,
) -> Result<Cow<'a, str>, Invalid> {
    // The error that a check returns for an empty text says what is expected.
    if !raw.get().starts_with('"') {
        return Err(check("").err().unwrap_or(Invalid("a text")));
    }
    let text = json::text(raw.get())?;
    check(&text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pointers<T: std::fmt::Debug>(read: Result<T, Problem>) -> Vec<String> {
        let document = serde_json::to_value(read.unwrap_err()).unwrap();
        assert_eq!(document["status"], 422, "{document}");
        let errors = document["errors"].as_array().unwrap();
        let pointer = |error: &Value| error["pointer"].as_str().unwrap().to_owned();
        errors.iter().map(pointer).collect()
    }

    #[test]
    fn what_decisions_can_read_may_be_stored() {
        assert_eq!(PROPERTIES.bytes, decisions::MOST_BYTES);
        assert_eq!(object::MOST_ENTRIES, decisions::MOST_ENTRIES);
    }

    #[test]
    fn properties_stay_as_they_are_sent() {
        let body =
            r#"{"properties": {"n": 1.50, "big": 123456789012345678901234567890}, "more": 1}"#;
        let read = one("doc", "a/b ü", body).unwrap();
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"{"type":"doc","id":"a/b ü","properties":{"n": 1.50, "big": 123456789012345678901234567890}}"#
        );
        for none in ["{}", r#"{"properties": null}"#] {
            assert_eq!(one("doc", "1", none).unwrap().properties.get(), "{}");
        }
    }

    #[test]
    fn all_faults_of_one() {
        let faults = pointers(one(
            "*",
            "\u{7}",
            r#"{"properties": {"a": {"b": 1, "b": 2}}}"#,
        ));
        assert_eq!(faults, ["/type", "/id", "/properties/a/b"]);
        assert_eq!(pointers(one("doc", "1", "[]")), [""]);
        assert_eq!(
            pointers(one("doc", "1", r#"{"properties": []}"#)),
            ["/properties"]
        );
        assert_eq!(pointers(one(&"x".repeat(101), "*", "{}")), ["/type", "/id"]);
        let no_json = serde_json::to_value(one("doc", "1", "{").unwrap_err()).unwrap();
        assert_eq!(no_json["status"], 400);
    }

    #[test]
    fn all_faults_of_several() {
        let body = json!({"resources": [
            {"type": "doc", "id": "1"},
            {"type": "doc"},
            {"type": "*", "id": 7, "properties": {"list": vec![0; 1_001]}},
            "doc",
            {"type": "doc", "id": "1", "properties": 1},
            {"type": "doc", "id": "2"},
        ]});
        let expected = [
            "/resources/1/id",
            "/resources/2/type",
            "/resources/2/id",
            "/resources/2/properties/list",
            "/resources/3",
            "/resources/4/properties",
            "/resources/4",
        ];
        assert_eq!(pointers(several(&body.to_string())), expected);
        for unfit in [r#"{"resources": []}"#, r#"{"resources": 1}"#, "{}"] {
            assert_eq!(pointers(several(unfit)), ["/resources"], "{unfit}");
        }
    }

    #[test]
    fn what_a_path_names() {
        let named = |kind: &str, id: &str| named(kind.to_owned(), id.to_owned()).is_some();
        assert!(named("doc", "a/b"));
        assert!(!named("doc", "*") && !named("*", "1") && !named("doc", "\0"));
    }

    #[test]
    fn one_to_a_thousand() {
        let body = |count: usize| {
            let items = (0..count).map(|n| json!({"type": "doc", "id": n.to_string()}));
            json!({"resources": items.collect::<Vec<_>>()}).to_string()
        };
        assert_eq!(several(&body(1_000)).unwrap().len(), 1_000);
        assert_eq!(pointers(several(&body(1_001))), ["/resources"]);
    }
}
