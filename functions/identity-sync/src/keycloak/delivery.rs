//! The parts of a delivery, besides the common members.

use keycloak::Object;

use super::Fault;

/// More parts than those of any known path.
const MOST_PARTS: usize = 8;

/// An event as it was delivered.
pub struct Delivery<'a> {
    /// The details of the event.
    pub details: Object<'a>,
    /// The user of an `access` event; of an `admin` event, the administrator.
    auth: Object<'a>,
    /// The path of the resource, for `admin` events.
    path: Option<String>,
    /// The JSON of the resource.
    representation: Option<String>,
}

impl<'a> Delivery<'a> {
    /// From the body.
    pub fn of(body: &Object<'a>) -> Result<Self, Fault> {
        Ok(Self {
            details: body.object("details")?.unwrap_or_default(),
            auth: body.object("authDetails")?.unwrap_or_default(),
            path: body.text("resourcePath")?,
            representation: body.text("representation")?,
        })
    }

    /// The path of the resource, part by part.
    pub fn path(&self) -> Result<Vec<&str>, Fault> {
        let path = self.path.as_deref();
        let path = path.ok_or(Fault("no_resource_path"))?;
        Ok(path.splitn(MOST_PARTS, '/').collect())
    }

    /// Whether the event is about the realm itself, which has no path.
    pub fn is_about_the_realm(&self) -> bool {
        self.path.as_deref().is_none_or(str::is_empty)
    }

    /// The resource as it was sent: all of it, a part, or nothing.
    pub fn representation(&self) -> Result<Option<Object<'_>>, Fault> {
        let fault = Fault("unusable_representation");
        let representation = self.representation.as_deref();
        let object = representation.map(|json| Object::parse(json).ok_or(fault));
        object.transpose()
    }

    /// The user of an `access` event.
    pub fn person(&self) -> Result<String, Fault> {
        self.person_if_told()?.ok_or(Fault("no_user"))
    }

    /// The same, if the event has a user.
    pub fn person_if_told(&self) -> Result<Option<String>, Fault> {
        self.auth.identifier("userId")
    }

    /// The session of an `access` event, if the event has one.
    pub fn session(&self) -> Result<Option<String>, Fault> {
        self.auth.identifier("sessionId")
    }

    /// The client of an `access` event, if the event has one, by its name in tokens.
    pub fn client(&self) -> Result<Option<String>, Fault> {
        self.auth.identifier("clientId")
    }

    /// The name of that user.
    pub fn person_name(&self) -> Result<Option<String>, Fault> {
        self.auth.caseless("username")
    }
}
