//! Groups of an identity provider.

use postgres::{Client, types::ToSql};

use crate::TestDatabase;

/// The groups of the provider `default`, written as events of the provider would write them.
pub struct GroupTree {
    superuser: Client,
}

impl GroupTree {
    /// The groups in this database.
    pub fn of(database: &TestDatabase) -> Self {
        Self {
            superuser: database.as_superuser(),
        }
    }

    /// Runs a statement.
    pub fn run(&mut self, statement: &str) {
        self.superuser.batch_execute(statement).unwrap();
    }

    /// Adds a group of the realm.
    pub fn group(&mut self, id: &str, parent: Option<&str>, name: &str) {
        self.insert(None, id, parent, name);
    }

    /// Adds a group within an organization, which is given by the provider's id.
    pub fn group_of(&mut self, organization: &str, id: &str, parent: Option<&str>, name: &str) {
        self.insert(Some(organization), id, parent, name);
    }

    fn insert(&mut self, organization: Option<&str>, id: &str, parent: Option<&str>, name: &str) {
        let insert = "INSERT INTO shell.groups AS g (identity_provider_id, external_id,
              organization_external_id, parent_external_id, name, told)
            SELECT p.id, $1, $2, $3, $4, '{\"name\": \"\", \"parent\": \"\"}'
            FROM shell.identity_providers p WHERE p.slug = 'default'
            ON CONFLICT ON CONSTRAINT groups_pkey DO NOTHING";
        let values: [&(dyn ToSql + Sync); 4] = [&id, &organization, &parent, &name];
        self.superuser.execute(insert, &values).unwrap();
    }

    /// Adds a user to a group.
    pub fn join(&mut self, user: &str, group: &str) {
        self.set_member(user, group, true);
    }

    /// Removes a user from a group.
    pub fn leave(&mut self, user: &str, group: &str) {
        self.set_member(user, group, false);
    }

    fn set_member(&mut self, user: &str, group: &str, is_member: bool) {
        let write = "INSERT INTO shell.group_members AS m (identity_provider_id, user_external_id,
              group_external_id, is_member, stamp)
            SELECT p.id, $1, $2, $3, '000000000000001 event'
            FROM shell.identity_providers p WHERE p.slug = 'default'
            ON CONFLICT ON CONSTRAINT group_members_pkey DO UPDATE SET is_member = excluded.is_member";
        let values: [&(dyn ToSql + Sync); 3] = [&user, &group, &is_member];
        self.superuser.execute(write, &values).unwrap();
    }

    /// Adds a role without policy lines to an organization, or to all organizations if it is global.
    pub fn role(&mut self, organization: &str, role: &str, is_global: bool, groups: &[&str]) {
        let insert = "INSERT INTO shell.roles (organization_id, id, slug, name, is_global, groups)
            SELECT o.id, gen_random_uuid(), $2::text, $2::text, $3, $4
            FROM shell.organizations o WHERE o.slug = $1::text";
        let values: [&(dyn ToSql + Sync); 4] = [&organization, &role, &is_global, &groups];
        self.superuser.execute(insert, &values).unwrap();
    }
}
