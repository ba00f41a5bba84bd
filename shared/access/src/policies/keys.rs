//! The Redis keys of the data of decisions.

pub use service::tenant::ACCESS;
use service::tenant::TenantPath;

/// The name in keys of the tenant at the end of a path: its id, or the slug by which the caller named it. No slug
/// looks like an id.
pub fn tenant(path: &TenantPath) -> String {
    let own = || path.organization.to_string();
    path.acting_for
        .as_ref()
        .map_or_else(own, ToString::to_string)
}

/// The key of one subject's policy.
pub fn policy(tenant: &str, subject: &str) -> String {
    ["policy:", tenant, ":", subject].concat()
}

/// The key of one resource. The length of the type comes before it, since both may contain any separator.
pub fn resource(tenant: &str, kind: &str, id: &str) -> String {
    let length = kind.len().to_string();
    ["resource:", tenant, ":", &length, ":", kind, ":", id].concat()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_tenant_is_called_as_the_caller_did() {
        let mut path = TenantPath {
            provider: "default".try_into().unwrap(),
            organization: Uuid::nil(),
            acting_for: None,
        };
        assert_eq!(tenant(&path), Uuid::nil().to_string());
        path.acting_for = Some("acme".try_into().unwrap());
        assert_eq!(tenant(&path), "acme");
    }

    #[test]
    fn no_two_resources_share_a_key() {
        assert_ne!(resource("t", "doc", "a:b"), resource("t", "doc:a", "b"));
        assert_ne!(resource("t", "d", ""), resource("t", "d:", ""));
        assert_eq!(resource("t", "doc", "1"), "resource:t:3:doc:1");
        assert_eq!(policy("t", "a:b"), "policy:t:a:b");
    }
}
