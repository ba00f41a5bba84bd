//! The contract of the whole Shell, made from the functions' contracts.

mod choosing;

use std::collections::BTreeMap;

use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

/// The document without the operations; a new function is listed in [`document`].
#[derive(OpenApi)]
#[openapi(
    info(
        title = "The Shell",
        description = "Registry, identity cache, access decisions and audit trail of a platform of \
            self-contained applications. Errors are problem documents (RFC 9457). `X-Request-ID` is \
            echoed, or generated. Timestamps are RFC 3339 in UTC with six fraction digits. A 503 says in \
            `Retry-After` after how many seconds to try again; on every route with a token, one of the type \
            `urn:shell:problem:keys-unavailable` says that the keys of its issuer are not known well enough \
            yet to accept or refuse it.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "Wherever the Shell is served")),
    security(("token" = [])),
    modifiers(&Token),
    tags(
        (name = "registry", description = "The applications: which exist, their addresses and their health"),
        (name = "audit", description = "The audit trail: events that are never changed or deleted"),
        (name = "access", description = "Access decisions, as in the OpenID AuthZEN Authorization API 1.0"),
        (name = "roles", description = "Roles, their permissions and their members"),
        (name = "identity", description = "Users, with the data of their identity providers"),
        (name = "tokens", description = "Revocation and introspection of tokens"),
        (name = "health", description = "Liveness and readiness of the Shell"),
    ),
)]
struct Shell;

/// The access token of the organization's identity provider.
struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("JWT".to_owned());
        scheme.description = Some(
            "An access token of the organization's identity provider (RS256, PS256, ES256 or EdDSA) \
             with `sub`, its organization and, if there is a session, `sid`. The organization is \
             `organization_id`, its id here; if that is missing, `organization`: an alias, an array of \
             aliases, or an object of aliases, each an object that may have the provider's `id` for it. Of \
             several known organizations, `Shell-Organization` chooses one; if it chooses none, the answer is 400 \
             with the type `urn:shell:problem:several-organizations`, which lists them in `organizations`."
                .to_owned(),
        );
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// Two types with the same name in the contract, so that one would replace the other.
#[derive(Debug, thiserror::Error)]
#[error("two types have the name {0} in the contract: rename one of them with #[schema(as = …)]")]
pub struct NamedAlike(String);

/// The OpenAPI 3.1 document.
pub fn document() -> Result<utoipa::openapi::OpenApi, NamedAlike> {
    whole([
        registry::api::Api::openapi(),
        audit_write::api::Api::openapi(),
        rbac_check::api::Api::openapi(),
        identity_sync::api::Api::openapi(),
        token::api::Api::openapi(),
        health::api::Api::openapi(),
    ])
}

fn whole<const N: usize>(
    parts: [utoipa::openapi::OpenApi; N],
) -> Result<utoipa::openapi::OpenApi, NamedAlike> {
    let mut document = Shell::openapi();
    for part in parts {
        let known = document.components.iter().flat_map(|all| &all.schemas);
        let added = part.components.iter().flat_map(|all| &all.schemas);
        let known: BTreeMap<_, _> = known.collect();
        // A type that several functions use, such as a problem, must be the same in all of them.
        for (name, schema) in added {
            if known.get(name).is_some_and(|other| *other != schema) {
                return Err(NamedAlike(name.clone()));
            }
        }
        document.merge(part);
    }
    choosing::describe(&mut document);
    Ok(document)
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::{ComponentsBuilder, ObjectBuilder, OpenApiBuilder};

    use super::*;

    #[test]
    fn two_types_of_one_name_are_refused() {
        let part = |description: &str| {
            let schema = ObjectBuilder::new().description(Some(description)).build();
            let components = ComponentsBuilder::new().schema("Health", schema).build();
            OpenApiBuilder::new().components(Some(components)).build()
        };
        assert!(whole([part("an app's"), part("an app's")]).is_ok());
        let refused = whole([part("an app's"), part("the Shell's")])
            .err()
            .unwrap();
        assert!(refused.to_string().contains("Health"), "{refused}");
        assert!(document().is_ok());
    }
}
