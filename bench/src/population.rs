//! Additional apps and organizations beside those of the seed data, generated in PostgreSQL.

use anyhow::{Result, ensure};

use crate::stage::{ORGANIZATION, Stage};

/// The number of apps that are added.
pub const APPS: i32 = 100;

/// The slugs of the apps that are added.
pub fn apps() -> impl Iterator<Item = String> {
    (1..=APPS).map(|n| format!("bench-{n}"))
}

/// Adds the apps and enables each of them for so many organizations: [`ORGANIZATION`], and others that
/// are added.
pub fn fill(stage: &Stage, organizations: i32) -> Result<()> {
    let mut database = stage.superuser()?;
    let mut transaction = database.transaction()?;
    // The ids are the same in every database, so that the data in Redis is valid for all of them.
    transaction.execute(
        "INSERT INTO shell.apps (id, slug, name, api_url, ui_url, status)
         SELECT md5('app ' || n)::uuid, 'bench-' || n, 'App ' || n,
           'https://bench.veni.example/api', 'https://bench.veni.example', 'available'
         FROM generate_series(1, $1::integer) AS n",
        &[&APPS],
    )?;
    transaction.execute(
        "INSERT INTO shell.organizations (id, slug, name, plan, identity_provider_id)
         SELECT md5('organization ' || n)::uuid, 'bench-' || n, 'Organization ' || n, 'free',
           (SELECT p.id FROM shell.identity_providers p WHERE p.slug = 'default')
         FROM generate_series(1, $1::integer - 1) AS n",
        &[&organizations],
    )?;
    // Millions of rows, each of which references a row that was just read: foreign keys are not checked.
    transaction.batch_execute("SET LOCAL session_replication_role = replica")?;
    let enabled = transaction.execute(
        "INSERT INTO shell.app_organizations (organization_id, app_id)
         SELECT o.id, a.id FROM shell.organizations o CROSS JOIN shell.apps a
         WHERE (o.slug = $1::text OR o.slug LIKE 'bench-%') AND a.slug LIKE 'bench-%'
         ORDER BY o.id",
        &[&ORGANIZATION],
    )?;
    transaction.commit()?;
    ensure!(
        enabled == (APPS * organizations) as u64,
        "{enabled} enablements were written"
    );
    // PostgreSQL would do this at some point anyway, perhaps while requests are measured.
    database.batch_execute(
        "VACUUM (ANALYZE) shell.apps, shell.organizations, shell.app_organizations",
    )?;
    database.batch_execute("CHECKPOINT")?;
    Ok(())
}
