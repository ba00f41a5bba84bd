//! The event types of Keycloak (26.7) that are not stored, which are most of them.

/// Events of clients and users that change nothing here. Failures (`…_ERROR`) change nothing either.
const ACCESS: &[&str] = &[
    "AUTHREQID_TO_TOKEN",
    "CLIENT_INFO",
    "CLIENT_INITIATED_ACCOUNT_LINKING",
    "CODE_TO_TOKEN",
    "CUSTOM_REQUIRED_ACTION",
    "EXECUTE_ACTIONS",
    "EXECUTE_ACTION_TOKEN",
    "GRANT_CONSENT",
    "IDENTITY_PROVIDER_FIRST_LOGIN",
    "IDENTITY_PROVIDER_LINK_ACCOUNT",
    "IDENTITY_PROVIDER_LOGIN",
    "IDENTITY_PROVIDER_POST_LOGIN",
    "IDENTITY_PROVIDER_RESPONSE",
    "IDENTITY_PROVIDER_RETRIEVE_TOKEN",
    "IMPERSONATE",
    "INTROSPECT_TOKEN",
    "INVALID_SIGNATURE",
    "JWT_AUTHORIZATION_GRANT",
    "OAUTH2_DEVICE_AUTH",
    "OAUTH2_DEVICE_CODE_TO_TOKEN",
    "OAUTH2_DEVICE_VERIFY_USER_CODE",
    "OAUTH2_EXTENSION_GRANT",
    "PERMISSION_TOKEN",
    "PUSHED_AUTHORIZATION_REQUEST",
    "REFRESH_TOKEN",
    "REGISTER_NODE",
    "REMOVE_CREDENTIAL",
    "REMOVE_TOTP",
    "RESET_PASSWORD",
    "RESTART_AUTHENTICATION",
    "SEND_IDENTITY_PROVIDER_LINK",
    "SEND_RESET_PASSWORD",
    "SEND_VERIFY_EMAIL",
    "TOKEN_EXCHANGE",
    "UNREGISTER_NODE",
    "UPDATE_CONSENT",
    // It comes beside `UPDATE_CREDENTIAL`, which is sent for passwords, too.
    "UPDATE_PASSWORD",
    "UPDATE_TOTP",
    // The lockout ends by itself, and tokens are valid regardless of it.
    "USER_DISABLED_BY_TEMPORARY_LOCKOUT",
    "USER_INFO_REQUEST",
    "VALIDATE_ACCESS_TOKEN",
    "VERIFIABLE_CREDENTIAL_CREATE_OFFER",
    "VERIFIABLE_CREDENTIAL_NONCE_REQUEST",
    "VERIFIABLE_CREDENTIAL_OFFER_REQUEST",
    "VERIFIABLE_CREDENTIAL_PRE_AUTHORIZED_GRANT",
    "VERIFIABLE_CREDENTIAL_REQUEST",
    "VERIFY_EMAIL",
    "VERIFY_PROFILE",
];

/// Other types that have failures.
const FAILING: &[&str] = &[
    "CLIENT_DELETE",
    "CLIENT_LOGIN",
    "CLIENT_REGISTER",
    "CLIENT_UPDATE",
    "DELETE_ACCOUNT",
    "FEDERATED_IDENTITY_LINK",
    "FEDERATED_IDENTITY_OVERRIDE_LINK",
    "INVITE_ORG",
    "LOGIN",
    "LOGOUT",
    "REGISTER",
    "REMOVE_FEDERATED_IDENTITY",
    "REVOKE_GRANT",
    "UPDATE_CREDENTIAL",
    "UPDATE_EMAIL",
    "UPDATE_PROFILE",
    "USER_DISABLED_BY_PERMANENT_LOCKOUT",
    "USER_SESSION_DELETED",
];

/// Changes by administrators that are not stored, whatever the operation.
const ADMIN: &[&str] = &[
    "AUTHENTICATOR_CONFIG",
    "AUTHORIZATION_POLICY",
    "AUTHORIZATION_RESOURCE",
    "AUTHORIZATION_RESOURCE_SERVER",
    "AUTHORIZATION_SCOPE",
    "AUTH_EXECUTION",
    "AUTH_EXECUTION_FLOW",
    "AUTH_FLOW",
    "CLIENT_INITIAL_ACCESS_MODEL",
    "CLIENT_ROLE",
    "CLIENT_ROLE_MAPPING",
    "CLIENT_SCOPE",
    "CLIENT_SCOPE_CLIENT_MAPPING",
    "CLIENT_SCOPE_MAPPING",
    "CLUSTER_NODE",
    "COMPONENT",
    "IDENTITY_PROVIDER_MAPPER",
    "PROTOCOL_MAPPER",
    "REALM_ROLE",
    "REALM_ROLE_MAPPING",
    "REALM_SCOPE_MAPPING",
    "REQUIRED_ACTION",
    "REQUIRED_ACTION_CONFIG",
    "USER_FEDERATION_MAPPER",
    "USER_FEDERATION_PROVIDER",
    // For a user: the lockout is lifted, and no user is deleted.
    "USER_LOGIN_FAILURE",
    "USER_PROFILE",
];

/// Whether events of a type are not stored at all. An unknown type is stored.
pub fn is_useless(kind: &str) -> bool {
    if let Some(access) = kind.strip_prefix("access.") {
        let failed = access.strip_suffix("_ERROR");
        return match failed {
            Some(failed) => ACCESS.contains(&failed) || FAILING.contains(&failed),
            None => ACCESS.contains(&access),
        };
    }
    let Some(admin) = kind.strip_prefix("admin.") else {
        return false;
    };
    let Some((resource, operation)) = admin.rsplit_once('-') else {
        return false;
    };
    ["CREATE", "UPDATE", "DELETE", "ACTION"].contains(&operation) && ADMIN.contains(&resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_useful_or_not_known_is_kept() {
        for useless in [
            "access.REFRESH_TOKEN",
            "access.REFRESH_TOKEN_ERROR",
            "access.LOGIN_ERROR",
            "access.DELETE_ACCOUNT_ERROR",
            "admin.USER_LOGIN_FAILURE-DELETE",
            "admin.REALM_ROLE_MAPPING-CREATE",
        ] {
            assert!(is_useless(useless), "{useless}");
        }
        for kept in [
            "",
            "access.",
            "admin.",
            "LOGIN_ERROR",
            "access.LOGIN",
            "access.LOGOUT",
            "access.login_error",
            "access._ERROR",
            "access.SOMETHING_NEW_ERROR",
            "admin.COMPONENT",
            "admin.COMPONENT-RENAME",
            "admin.USER-ACTION",
            "admin.REALM-ACTION",
            "admin.CLIENT-DELETE",
            "access.COMPONENT-CREATE",
            "system.REFRESH_TOKEN",
        ] {
            assert!(!is_useless(kept), "{kept}");
        }
    }
}
