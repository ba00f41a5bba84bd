//! The path to a tenant for a token that names its organization by name: the names are resolved by Redis or else by
//! PostgreSQL.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use spin_sdk::pg::ParameterValue;
use vocabulary::Slug;

use crate::{
    cache::{
        Lookup,
        changes::{self, Change},
        named::{self, NamingKeys},
    },
    log,
    problem::Problem,
    sql,
    tenant::{self, Name, Named},
};

/// A name in the form of `shell.name_organization`.
#[derive(Serialize)]
struct Member<'a> {
    alias: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// The names in a token, and the organization that its caller chose or acts for.
pub(super) struct Naming<'t> {
    provider: &'t Slug,
    /// As JSON.
    names: String,
    chosen: Option<&'t Slug>,
    pub keys: NamingKeys,
}

impl<'t> Naming<'t> {
    pub fn new(
        provider: &'t Slug,
        names: &[Name],
        chosen: Option<&'t Slug>,
    ) -> Result<Self, Problem> {
        let members: Vec<_> = names
            .iter()
            .map(|name| Member {
                alias: &name.alias,
                id: name.id.as_deref(),
            })
            .collect();
        let names = serde_json::to_string(&members)
            .map_err(|fault| Problem::internal(format!("names: {fault}")))?;
        let hash = base16ct::lower::encode_string(&Sha256::digest(&names));
        let named = [
            "named",
            provider.as_str(),
            &hash,
            chosen.map_or("", Slug::as_str),
        ];
        let keys = NamingKeys {
            version: tenant::naming_key(provider),
            named: named.join(":"),
            may_act: chosen.is_some(),
        };
        Ok(Self {
            provider,
            names,
            chosen,
            keys,
        })
    }

    /// Asks PostgreSQL to resolve the names of an authentic token, and caches the answer.
    pub async fn resolve(&self, lookup: &Lookup) -> Result<Named, Problem> {
        let asked_at = clock::now();
        let statement = "SELECT * FROM shell.name_organization($1, $2::text::jsonb, $3)";
        let chosen = self.chosen.map_or(ParameterValue::DbNull, |chosen| {
            ParameterValue::Str(chosen.to_string())
        });
        let parameters = vec![
            ParameterValue::Str(self.provider.to_string()),
            ParameterValue::Str(self.names.clone()),
            chosen,
        ];
        let mut row = sql::one_row(statement, parameters).await?;
        for warning in list::<Value>(row.text("warnings")?)? {
            log::warning(&warning);
        }
        // Even a token that is refused may have changed how names resolve.
        if let Some(change) = row.text("change")? {
            let change = Change::read(&change)?;
            let mut keys = change.namings();
            // With the identifier that was learned, earlier events of the provider may add members or end memberships.
            keys.extend(change.keys(tenant::ACCESS));
            keys.extend(change.cutoffs());
            // The caller did not request this change. If Redis cannot be updated, it falls behind, which is noticed
            // within a second.
            let _ = changes::invalidate(&change, &keys).await;
        }
        if let Some(refusal) = row.text("refusal")? {
            return Err(match refusal.as_str() {
                "several_organizations" => tenant::several(list(row.text("choices")?)?),
                refusal => tenant::refused(refusal),
            });
        }
        let organization = row.uuid("organization_id")?;
        let acts_for = row.boolean("acts_for")?;
        let (Some(organization), Some(acts_for), Some(version), Some(counter)) = (
            organization,
            acts_for,
            row.bigint("version")?,
            row.bigint("counter")?,
        ) else {
            return Err(Problem::internal("name_organization named nothing"));
        };
        let named = Named {
            organization,
            acts_for,
        };
        if let Some(epoch) = &lookup.epoch {
            named::keep(&self.keys, named, version, epoch, counter, asked_at).await?;
        }
        Ok(named)
    }
}

fn list<T: serde::de::DeserializeOwned>(json: Option<String>) -> Result<Vec<T>, Problem> {
    let list = json.map(|json| serde_json::from_str(&json)).transpose();
    let list = list.map_err(|fault| Problem::internal(format!("name_organization: {fault}")))?;
    Ok(list.unwrap_or_default())
}
