//! The fields of a JSON body, validated so that all errors are reported at once.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use serde_json::value::RawValue;
use vocabulary::Invalid;

use crate::{
    http::json,
    problem::{FieldError, Problem},
};

/// The maximum number of items in an array of a body. Each can be invalid, and every error is reported.
pub const MOST_ITEMS: usize = 200;

/// The fields of an object and the errors so far. A field that is not read is ignored; of two with the same name, the
/// last one counts.
///
/// A reader gets `None` for an invalid field, and passes the whole to [`Fields::finish`].
pub struct Fields {
    pointer: String,
    object: BTreeMap<String, Box<RawValue>>,
    faults: Vec<FieldError>,
}

impl Fields {
    /// The fields of a body.
    pub fn new(body: &RawValue) -> Result<Self, Problem> {
        Self::at(String::new(), body).ok_or_else(|| {
            Problem::invalid_fields(vec![FieldError {
                pointer: String::new(),
                detail: "expected an object".to_owned(),
            }])
        })
    }

    fn at(pointer: String, object: &RawValue) -> Option<Self> {
        let members = json::members(object)?.into_iter();
        // A key that cannot be decoded is not the name of a field.
        let named = members.filter_map(|(key, value)| {
            let key = json::text(key).ok()?;
            Some((key.into_owned(), value.to_owned()))
        });
        Some(Self {
            pointer,
            object: named.collect(),
            faults: Vec::new(),
        })
    }

    /// A field as it was sent, if it is present and not null.
    fn take(&mut self, name: &str) -> Option<Box<RawValue>> {
        self.object
            .remove(name)
            .filter(|value| value.get() != "null")
    }

    /// A required field.
    pub fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&RawValue) -> Result<T, Invalid>,
    ) -> Option<T> {
        let value = self.take(name);
        // The error that the field's reader returns for null says what is expected.
        self.judge(name, read(value.as_deref().unwrap_or(RawValue::NULL)))
    }

    /// An optional field, which may be absent or null.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&RawValue) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        match self.take(name) {
            None => Some(None),
            Some(value) => self.judge(name, read(&value)).map(Some),
        }
    }

    /// An array of at most [`MOST_ITEMS`], empty if it is absent or null.
    pub fn each<T>(
        &mut self,
        name: &str,
        read: impl Fn(&RawValue) -> Result<T, Invalid>,
    ) -> Option<Vec<T>> {
        self.each_of(name, MOST_ITEMS, read)
    }

    /// The same with another maximum.
    pub fn each_of<T>(
        &mut self,
        name: &str,
        most: usize,
        read: impl Fn(&RawValue) -> Result<T, Invalid>,
    ) -> Option<Vec<T>> {
        self.items(name, most, |fields, place, item| {
            fields.judge(place, read(item))
        })
    }

    /// The same for objects, each read by its fields.
    pub fn each_within<T>(
        &mut self,
        name: &str,
        most: usize,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.items(name, most, |fields, place, item| {
            fields.object(place, item, &read).flatten()
        })
    }

    /// The items of an array, each with its place in the body.
    fn items<T>(
        &mut self,
        name: &str,
        most: usize,
        read: impl Fn(&mut Self, &str, &RawValue) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(sent) = self.take(name) else {
            return Some(Vec::new());
        };
        let items = json::items(&sent)
            .filter(|items| items.len() <= most)
            .ok_or_else(|| format!("expected an array of at most {most}"));
        let items = self.judge(name, items)?;
        let judged: Vec<_> = items
            .into_iter()
            .enumerate()
            .map(|(index, item)| read(self, &format!("{name}/{index}"), item))
            .collect();
        judged.into_iter().collect()
    }

    /// The fields of an inner object, which counts as empty if it is absent or null.
    pub fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        match self.take(name) {
            None => {
                let inner = Self {
                    pointer: format!("{}/{name}", self.pointer),
                    object: BTreeMap::new(),
                    faults: Vec::new(),
                };
                Some(self.read_within(inner, read))
            }
            Some(sent) => self.object(name, &sent, read),
        }
    }

    /// The fields of a value that must be an object.
    fn object<T>(
        &mut self,
        place: &str,
        sent: &RawValue,
        read: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        let pointer = format!("{}/{place}", self.pointer);
        let inner = Self::at(pointer, sent).ok_or(Invalid("an object"));
        let inner = self.judge(place, inner)?;
        Some(self.read_within(inner, read))
    }

    fn read_within<T>(&mut self, mut inner: Self, read: impl FnOnce(&mut Self) -> T) -> T {
        let value = read(&mut inner);
        self.faults.append(&mut inner.faults);
        value
    }

    /// Adds the result of a check made elsewhere to a field, such as the path's part of the content.
    pub fn judge<T>(&mut self, name: &str, judged: Result<T, impl Display>) -> Option<T> {
        judged
            .map_err(|unfit| {
                self.faults.push(FieldError {
                    pointer: format!("{}/{name}", self.pointer),
                    detail: unfit.to_string(),
                });
            })
            .ok()
    }

    /// The same for the object itself.
    pub fn judge_whole<T>(&mut self, judged: Result<T, impl Display>) -> Option<T> {
        judged
            .map_err(|unfit| {
                self.faults.push(FieldError {
                    pointer: self.pointer.clone(),
                    detail: unfit.to_string(),
                });
            })
            .ok()
    }

    /// Returns the whole, or all errors.
    pub fn finish<T>(self, whole: Option<T>) -> Result<T, Problem> {
        whole
            .filter(|_| self.faults.is_empty())
            .ok_or_else(|| Problem::invalid_fields(self.faults))
    }
}

/// Reads a text that passes a check of the vocabulary.
pub fn text(
    check: impl Fn(&str) -> Result<&str, Invalid>,
) -> impl Fn(&RawValue) -> Result<String, Invalid> {
    move |raw| {
        if raw.get().starts_with('"') {
            let text = json::text(raw.get())?;
            check(&text)?;
            Ok(text.into_owned())
        } else {
            // Most checks name what they expect when they get an empty text.
            Err(check("").err().unwrap_or(Invalid("a text")))
        }
    }
}

/// Reads a word of the vocabulary.
pub fn word<T: FromStr<Err = Invalid>>(raw: &RawValue) -> Result<T, Invalid> {
    json::text(raw.get()).unwrap_or_default().parse()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fields(body: Value) -> Result<Fields, Problem> {
        Fields::new(&serde_json::value::to_raw_value(&body).unwrap())
    }

    fn pointers(problem: Problem) -> Vec<String> {
        let document = serde_json::to_value(problem).unwrap();
        let errors = document["errors"].as_array().unwrap();
        let pointer = |error: &Value| error["pointer"].as_str().unwrap().to_owned();
        errors.iter().map(pointer).collect()
    }

    #[test]
    fn all_faults_are_reported() {
        let mut fields = fields(json!({
            "name": 1,
            "plan": "gold",
            "billing": {"email": "nobody", "else": 1},
            "domains": ["acme.example", "ACME", null],
            "list": {},
        }))
        .unwrap();
        let name = fields.required("name", text(vocabulary::name));
        assert_eq!(name, None);
        fields.required("missing", text(vocabulary::name));
        fields.required("plan", word::<vocabulary::Plan>);
        fields.within("billing", |billing| {
            billing.optional("email", text(vocabulary::email))
        });
        fields.each("domains", text(vocabulary::domain));
        fields.each("list", text(vocabulary::domain));
        let problem = fields.finish(Some(())).unwrap_err();
        let expected = [
            "/name",
            "/missing",
            "/plan",
            "/billing/email",
            "/domains/1",
            "/domains/2",
            "/list",
        ];
        assert_eq!(pointers(problem), expected);
    }

    #[test]
    fn objects_in_an_array_have_fields_of_their_own() {
        let mut fields = fields(json!({
            "fit": [{"name": "a"}, {"name": "b", "more": 1}],
            "unfit": [{"name": ""}, 1, {}, {"name": "c"}],
            "many": [{}, {}, {}, {}, {}],
        }))
        .unwrap();
        let mut names = |list| {
            fields.each_within(list, 4, |item| {
                item.required("name", text(vocabulary::name))
            })
        };
        assert_eq!(names("absent"), Some(vec![]));
        assert_eq!(names("fit").unwrap(), ["a", "b"]);
        assert_eq!(names("unfit"), None);
        assert_eq!(names("many"), None);
        let expected = ["/unfit/0/name", "/unfit/1", "/unfit/2/name", "/many"];
        let problem = fields.finish(Some(())).unwrap_err();
        assert_eq!(pointers(problem), expected);
    }

    #[test]
    fn an_answer_stays_small() {
        let check = |items: usize, faults: usize| {
            let mut fields = fields(json!({"list": vec![1; items]})).unwrap();
            fields.each("list", text(vocabulary::domain));
            assert_eq!(pointers(fields.finish(Some(())).unwrap_err()).len(), faults);
        };
        check(MOST_ITEMS, MOST_ITEMS);
        check(MOST_ITEMS + 1, 1);
    }

    #[test]
    fn what_fits_is_read() {
        let mut fields = fields(json!({"name": "Acme", "email": null, "more": 1})).unwrap();
        let name = fields.required("name", text(vocabulary::name));
        let email = fields.optional("email", text(vocabulary::email));
        let domains = fields.each("domains", text(vocabulary::domain));
        let read = fields.finish(name.zip(email).zip(domains)).unwrap();
        assert_eq!(read, (("Acme".to_owned(), None), vec![]));
    }

    #[test]
    fn what_stands_for_no_text_is_a_fault_of_its_field() {
        let body =
            r#"{"name": "\ud800", "\ud800": 1, "plan": 1e400, "status": "a", "status": null}"#;
        let mut fields = Fields::new(serde_json::from_str(body).unwrap()).unwrap();
        fields.required("name", text(vocabulary::name));
        fields.required("plan", word::<vocabulary::Plan>);
        let status = fields.optional("status", text(vocabulary::name));
        assert_eq!(status, Some(None));
        let problem = fields.finish(Some(())).unwrap_err();
        assert_eq!(pointers(problem), ["/name", "/plan"]);
    }

    #[test]
    fn a_body_is_an_object() {
        for body in [json!(null), json!([]), json!("text")] {
            assert_eq!(pointers(fields(body).err().unwrap()), [""]);
        }
    }
}
