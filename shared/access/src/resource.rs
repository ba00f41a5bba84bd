//! What is done to what: the actions and resources that the Shell guards.

/// What a request does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Shows it.
    Read,
    /// Adds, changes or removes it.
    Write,
    /// Says that an app is alive.
    Heartbeat,
    /// Adds an event to the trail for another actor than the caller.
    Append,
    /// Has it decided what somebody else than the caller may do.
    Evaluate,
}

/// What a request is about. Apps and organizations are platform's; all else is the entered tenant's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Resource<'a> {
    /// An app, by what the request calls its slug.
    App(&'a str),
    /// An organization, by what the request calls it; `*` for a list of them.
    Organization(&'a str),
    /// The tenant's audit trail.
    AuditEvent,
    /// What the tenant's users may do.
    Decision,
    /// A role, by what the request calls its slug; `*` for a list of them.
    Role(&'a str),
    /// A resource that the tenant stores, by its type and id; `*` for both in a list of them.
    Resource(&'a str, &'a str),
}
