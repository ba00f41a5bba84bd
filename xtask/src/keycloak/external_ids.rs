//! The ids that Keycloak has for the Shell's organizations, as rows of `organizations.csv`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::connection::StoreUrl;

/// The organizations of a realm whose `external_id` the Shell does not have yet, as a CSV file that sets it
/// and changes nothing else; `None` if the Shell has all of them.
///
/// If an administrator has set it to another value, it stays.
pub fn organizations_csv(
    realm: &BTreeMap<String, String>,
    database: &StoreUrl,
) -> Result<Option<String>> {
    let mut client = database.connect()?;
    let mut transaction = client.transaction()?;
    // Row-level security hides every organization from a transaction without this setting.
    transaction.execute("SELECT set_config('shell.platform', 'on', true)", &[])?;
    let slugs: Vec<_> = realm.keys().collect();
    let rows = transaction
        .query(
            "SELECT o.slug, o.name, o.plan::text,
               coalesce((SELECT string_agg(d.domain, ';') FROM shell.organization_domains d
                         WHERE d.organization_id = o.id), ''),
               coalesce(o.billing_email, ''), o.identity_provider, o.id::text
             FROM shell.organizations o
             WHERE o.slug = ANY ($1) AND o.external_id IS NULL AND o.identity_provider = 'default'",
            &[&slugs],
        )
        .context("cannot look the organizations up")?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record([
        "slug",
        "name",
        "plan",
        "domains",
        "billing_email",
        "identity_provider",
        "external_id",
    ])?;
    for row in rows {
        let cells = (0..7).map(|column| row.try_get(column));
        csv.write_record(cells.collect::<Result<Vec<String>, _>>()?)?;
    }
    let text = csv.into_inner().context("cannot write CSV")?;
    Ok(Some(String::from_utf8(text)?))
}
