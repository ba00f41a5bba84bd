//! Access decisions: whether a caller may do something.
//!
//! Handlers say which action on which resource a request is, in the words of the contract. Until the Shell
//! has decisions of its own, what the contract asks for is granted to callers of the organization platform
//! alone, whomever they act for; whether a caller is one, PostgreSQL knows, and is told to ask.

pub mod policies;
#[cfg(target_family = "wasm")]
mod refusing;
mod resource;

use service::tenant::{Authorized, Needs, TenantContext};

#[cfg(target_family = "wasm")]
pub use refusing::refused_or;
pub use resource::{Action, Resource};

/// Decides whether the caller may do something. PostgreSQL is asked what is still open in the statement that
/// does it, so that a request stays one statement.
pub fn authorize(context: &TenantContext, action: Action, resource: &Resource<'_>) -> Authorized {
    context.authorized(match (action, resource) {
        // Members may read their own, and row-level security shows them no other.
        (Action::Read, Resource::Organization(_)) => None,
        _ => Some(Needs::Platform),
    })
}

/// What needs no right but that of being let into the tenant.
pub fn admit(context: &TenantContext) -> Authorized {
    context.authorized(None)
}

#[cfg(test)]
mod tests {
    use service::tenant::Caller;
    use uuid::Uuid;

    use super::*;

    fn check(action: Action, resource: Resource<'_>, needs: serde_json::Value) {
        let caller = Caller {
            provider: "default".try_into().unwrap(),
            organization: Some(Uuid::nil()),
            subject: "alice".to_owned(),
            session: None,
            token_id: None,
            issued_at: None,
        };
        let context = TenantContext::new(caller, &[], "r1").unwrap();
        let authorized = authorize(&context, action, &resource);
        let asked: serde_json::Value = serde_json::from_str(authorized.json()).unwrap();
        assert_eq!(asked["needs"], needs, "{action:?} {resource:?}");
    }

    #[test]
    fn platform_alone_but_for_reading_organizations() {
        let platform = || serde_json::json!("platform");
        check(Action::Write, Resource::App("drive"), platform());
        check(Action::Heartbeat, Resource::App("drive"), platform());
        check(Action::Write, Resource::Organization("acme"), platform());
        check(Action::Append, Resource::AuditEvent, platform());
        check(Action::Read, Resource::AuditEvent, platform());
        check(Action::Evaluate, Resource::Decision, platform());
        let nothing = serde_json::Value::Null;
        check(Action::Read, Resource::Organization("acme"), nothing);
    }
}
