//! The database's data about the users of an identity provider.

use crate::{TestDatabase, sql::execute};

/// Resets the database to one without users that has not received anything from a provider.
pub fn reset(database: &TestDatabase) {
    let statement =
        "TRUNCATE shell.users, shell.memberships, shell.user_names, shell.linked_identities,
            shell.groups, shell.group_members, shell.provider_organizations, shell.membership_facts,
            shell.removed_memberships, shell.membership_cutoffs, shell.webhook_events, shell.revocations,
            shell.provider_clients, shell.sweeps, shell.swept;
        UPDATE shell.organizations
        SET external_id = NULL, alias_voided_at = NULL, members_rest_at = NULL, cut_off_at = NULL";
    execute(database, statement);
}

/// Sets the provider's ids: `A` for acme and `G` for globex.
pub fn named(database: &TestDatabase) {
    let statement =
        "UPDATE shell.organizations SET external_id = CASE slug WHEN 'acme' THEN 'A' ELSE 'G' END
        WHERE slug IN ('acme', 'globex')";
    execute(database, statement);
}

/// `organization source` of each membership of a user.
pub fn memberships(database: &TestDatabase, user: &str) -> Vec<String> {
    let statement = "SELECT o.slug || ' ' || m.source FROM shell.memberships m
        JOIN shell.users u ON u.id = m.user_id JOIN shell.organizations o ON o.id = m.organization_id
        WHERE u.external_id = $1 ORDER BY 1";
    let rows = database.as_superuser().query(statement, &[&user]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// How many seconds ago a user's tokens were cut off in an organization, rounded to tens, since a test takes time.
pub fn cut_off(database: &TestDatabase, organization: &str, user: &str) -> Option<i64> {
    let statement = "SELECT (round(extract(epoch FROM now() - c.cut_off_at) / 10) * 10)::bigint FROM shell.membership_cutoffs c
        JOIN shell.organizations o ON o.id = c.organization_id WHERE o.slug = $1::text AND c.subject = $2";
    let row = database
        .as_superuser()
        .query_opt(statement, &[&organization, &user]);
    row.unwrap().map(|row| row.get(0))
}
