//! The parts of a delivery, besides the common members.

use keycloak::Object;

use super::Fault;

/// More parts than any known path has.
const MOST_PARTS: usize = 8;

/// An event as it was delivered.
pub struct Delivery<'a> {
    /// What is said beside it.
    pub details: Object<'a>,
    /// The user of an `access` event; of an `admin` event, the administrator.
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

    /// Whether it is about the realm itself, which has no path.
    pub fn is_about_the_realm(&self) -> bool {
        self.path.as_deref().is_none_or(str::is_empty)
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
        self.person_if_told()?.ok_or(Fault("no_user"))
    }

    /// The same, where it is told.
    pub fn person_if_told(&self) -> Result<Option<String>, Fault> {
        self.auth.identifier("userId")
    }

    /// In which session it was, of an `access` one, where that is told.
    pub fn session(&self) -> Result<Option<String>, Fault> {
        self.auth.identifier("sessionId")
    }

    /// Which client it was about or by, of an `access` one, where that is told: what tokens call it.
    pub fn client(&self) -> Result<Option<String>, Fault> {
        self.auth.identifier("clientId")
    }

    /// What that person is called.
    pub fn person_name(&self) -> Result<Option<String>, Fault> {
        self.auth.caseless("username")
    }
}
