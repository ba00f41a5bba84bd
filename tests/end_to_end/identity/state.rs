//! The result of an identity provider's events in a database, which must not depend on their order.

use serde_json::Value;
use tests::TestDatabase;

/// All data that must not depend on the order of events, by kind. Of logins, only the hour is stored, and so are the
/// stamps of facts that they repeat.
pub fn state(database: &TestDatabase) -> Value {
    let statement = "SELECT jsonb_build_object(
        'users', (SELECT jsonb_object_agg(u.external_id, jsonb_build_array(u.username, u.email, u.display_name,
            u.first_name, u.last_name, u.is_enabled, u.is_service_account, u.attributes, u.organization_attribute,
            u.deleted_at)) FROM shell.users u),
        'members', (SELECT jsonb_agg(jsonb_build_array(o.slug, u.external_id,
            replace(m.source, 'seed', 'event')) ORDER BY o.slug, u.external_id)
          FROM shell.memberships m
          JOIN shell.users u ON u.id = m.user_id JOIN shell.organizations o ON o.id = m.organization_id),
        'groups', (SELECT jsonb_object_agg(g.external_id, jsonb_build_array(g.organization_external_id,
            g.parent_external_id, g.name, g.told, g.is_deleted)) FROM shell.groups g),
        'in_groups', (SELECT jsonb_agg(jsonb_build_array(m.user_external_id, m.group_external_id, m.is_member, m.stamp)
            ORDER BY m.user_external_id, m.group_external_id) FROM shell.group_members m),
        'linked', (SELECT jsonb_agg(jsonb_build_array(l.user_external_id, l.alias, l.external_id, l.username,
            l.is_linked, l.stamp) ORDER BY l.user_external_id, l.alias) FROM shell.linked_identities l),
        'organizations', (SELECT jsonb_object_agg(p.external_id, jsonb_build_array(
            p.is_enabled AND NOT p.is_deleted, p.is_deleted)) FROM shell.provider_organizations p),
        'here', (SELECT jsonb_object_agg(o.slug, jsonb_build_array(o.external_id, o.members_rest_at IS NOT NULL,
            o.alias_voided_at IS NOT NULL)) FROM shell.organizations o),
        'meant', (SELECT jsonb_agg(jsonb_build_array(f.organization_external_id, f.stamp, f.is_member,
            f.user_external_id) ORDER BY f.stamp)
          FROM shell.membership_facts f JOIN shell.users u ON u.external_id = f.user_external_id
          WHERE u.deleted_at IS NULL AND f.source <> 'seed'),
        'revoked', (SELECT jsonb_object_agg(r.kind || ' ' || r.value, r.cut_off_at) FROM shell.revocations r
          WHERE r.organization_id IS NULL),
        'clients', (SELECT jsonb_agg(jsonb_build_array(c.external_id, c.client_id, c.ended_at)
            ORDER BY c.external_id, c.client_id) FROM shell.provider_clients c),
        'failed', (SELECT jsonb_agg(w.id ORDER BY w.id) FROM shell.webhook_events w WHERE w.status = 'failed'))";
    let row = database.as_superuser().query_one(statement, &[]).unwrap();
    row.get(0)
}
