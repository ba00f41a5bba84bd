//! The realm of the tests that end its sessions.

use serde_json::{Value, json};
use xtask::{
    issuer::AUDIENCE,
    keycloak::{BROWSER_CLIENT, PASSWORD_CLIENT},
};

/// A realm whose clients' tokens are for the Shell, in one organization.
pub fn realm(name: &str, organization: &str) -> Value {
    json!({
        "realm": name, "enabled": true,
        "clients": [
            {"clientId": BROWSER_CLIENT, "publicClient": true, "redirectUris": ["*"],
                "attributes": {"post.logout.redirect.uris": "*"}, "protocolMappers": mappers(organization)},
            password_client(PASSWORD_CLIENT, organization),
        ],
    })
}

/// A client that needs only a password.
pub fn password_client(name: &str, organization: &str) -> Value {
    json!({
        "clientId": name, "publicClient": true, "standardFlowEnabled": false,
        "directAccessGrantsEnabled": true, "protocolMappers": mappers(organization),
    })
}

fn mappers(organization: &str) -> Value {
    json!([
        {
            "name": "audience", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
            "config": {"included.custom.audience": AUDIENCE, "access.token.claim": "true"},
        },
        {
            "name": "organization", "protocol": "openid-connect",
            "protocolMapper": "oidc-hardcoded-claim-mapper",
            "config": {"claim.name": "organization_id", "claim.value": organization,
                "jsonType.label": "String", "access.token.claim": "true"},
        },
    ])
}
