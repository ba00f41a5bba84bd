//! A delivery's parts, beside what every event has.

use super::{Fault, object::Object, text};

/// More than any path has that is known here.
const MOST_PARTS: usize = 8;

/// An event as it was delivered.
pub struct Delivery<'a> {
    /// What is said beside it.
    pub details: Object<'a>,
    /// Whose event it is, of `access` ones; of `admin` ones, the administrator's.
    auth: Object<'a>,
    /// What it is about, of `admin` ones.
    path: Option<String>,
    /// JSON of what it is about.
    representation: Option<String>,
}

impl<'a> Delivery<'a> {
    /// Of its body.
    pub fn of(body: &Object<'a>) -> Result<Self, Fault> {
        Ok(Self {
            details: body.object("details")?.unwrap_or_default(),
            auth: body.object("authDetails")?.unwrap_or_default(),
            path: body.text("resourcePath")?,
            representation: body.text("representation")?,
        })
    }

    /// What it is about, part by part.
    pub fn path(&self) -> Result<Vec<&str>, Fault> {
        let path = self.path.as_deref();
        let path = path.ok_or(Fault("no_resource_path"))?;
        Ok(path.splitn(MOST_PARTS, '/').collect())
    }

    /// What it is about as it was sent: all of it, a part, or nothing.
    pub fn representation(&self) -> Result<Option<Object<'_>>, Fault> {
        let fault = Fault("unusable_representation");
        let representation = self.representation.as_deref();
        let object = representation.map(|json| Object::parse(json).ok_or(fault));
        object.transpose()
    }

    /// Whose event it is, of an `access` one.
    pub fn person(&self) -> Result<String, Fault> {
        let person = self.auth.text("userId")?;
        let person = person.ok_or(Fault("no_user"))?;
        text::identifier(&person)
    }

    /// What that person is called.
    pub fn person_name(&self) -> Result<Option<String>, Fault> {
        self.auth.caseless("username")
    }
}
