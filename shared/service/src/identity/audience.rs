//! The audience of a token: the claim `aud`, one text or several (RFC 7519, section 4.1.3).

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }

    /// Whether this is the only audience.
    pub fn is(&self, name: &str) -> bool {
        matches!(self.names(), [one] if one == name)
    }

    /// Whether this is one of the audiences.
    pub fn has(&self, name: &str) -> bool {
        self.names().iter().any(|one| one == name)
    }

    /// Whether this is one of the audiences, or the part of one before a slash.
    pub fn has_or_is_below(&self, name: &str) -> bool {
        let is = |one: &String| {
            let rest = one.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || (rest.len() > 1 && rest.starts_with('/')))
        };
        self.names().iter().any(is)
    }

    /// Whether there is an audience, and no other than these.
    pub fn is_within(&self, known: &[String]) -> bool {
        let names = self.names();
        !names.is_empty() && names.iter().all(|name| known.contains(name))
    }
}
