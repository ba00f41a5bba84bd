//! The identity provider of a run, and its variables.

use serde::Deserialize;

/// An identity provider, as PostgreSQL returns it.
#[derive(Debug, Default, Deserialize)]
pub struct Provider {
    /// Its name.
    pub slug: String,
    /// The number in the names of its variables.
    pub slot: Option<u8>,
    /// The issuer of its tokens; `None` for the provider that the application's variables configure.
    pub issuer: Option<String>,
    /// The realm's name in its addresses, if that is not the end of the issuer.
    pub realm: Option<String>,
    /// The address of its Admin API, if that is not at the issuer's address.
    pub admin_url: Option<String>,
    /// How much came from it and still exists here.
    pub known: Known,
}

/// How many objects are known that came from a provider and may be deleted there.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct Known {
    /// Users.
    pub users: u64,
    /// Groups, including those within organizations.
    pub groups: u64,
    /// Organizations.
    pub organizations: u64,
}

/// The names of the variables of a provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Names {
    /// The host that the job may reach.
    pub host: &'static str,
    /// The client.
    pub client: &'static str,
    /// The client's secret.
    pub secret: &'static str,
}

const NAMES: [Names; 4] = [
    Names {
        host: "keycloak_admin_host",
        client: "keycloak_admin_client",
        secret: "keycloak_admin_secret",
    },
    Names {
        host: "keycloak2_admin_host",
        client: "keycloak2_admin_client",
        secret: "keycloak2_admin_secret",
    },
    Names {
        host: "keycloak3_admin_host",
        client: "keycloak3_admin_client",
        secret: "keycloak3_admin_secret",
    },
    Names {
        host: "keycloak4_admin_host",
        client: "keycloak4_admin_client",
        secret: "keycloak4_admin_secret",
    },
];

impl Provider {
    /// The names of its variables; `None` if it has no slot.
    pub fn names(&self) -> Option<Names> {
        let place = self.slot?.checked_sub(1)?;
        NAMES.get(usize::from(place)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_bear_the_number_of_the_slot() {
        let host = |slot| {
            let provider = Provider {
                slot,
                ..Provider::default()
            };
            provider.names().map(|names| names.host)
        };
        assert_eq!(host(Some(1)), Some("keycloak_admin_host"));
        assert_eq!(host(Some(4)), Some("keycloak4_admin_host"));
        assert_eq!(host(None), None);
        assert_eq!(host(Some(0)), None);
        assert_eq!(host(Some(5)), None);
    }

    #[test]
    fn a_provider_as_postgresql_has_it() {
        let json = r#"{"slug":"default","slot":1,"issuer":null,"realm":null,"admin_url":null,
            "known":{"users":3,"groups":2,"organizations":1}}"#;
        let provider: Provider = serde_json::from_str(json).unwrap();
        let known = Known {
            users: 3,
            groups: 2,
            organizations: 1,
        };
        assert_eq!(provider.known, known);
        assert_eq!(provider.issuer, None);
    }
}
