//! What events of an identity provider leave behind in a database, for tests that tell them in many orders.

use postgres::Client;
use serde_json::{Value, json};
use tests::TestDatabase;
use uuid::Uuid;

/// One event, as `shell.receive_event` takes it.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: String,
    pub time: u64,
    pub facts: Vec<Value>,
}

impl Told {
    pub fn new(id: &str, time: u64, facts: &[Value]) -> Self {
        let (id, facts) = (id.to_owned(), facts.to_vec());
        Self { id, time, facts }
    }
}

/// What came of an event.
#[derive(Debug)]
pub struct Outcome {
    pub status: String,
    pub reason: Option<String>,
    pub is_repeated: bool,
    pub change: Option<Value>,
    pub touched: Option<Value>,
    pub warnings: Option<Value>,
}

/// Lets the database receive an event, as the HTTP functions do.
#[track_caller]
pub fn receive(runtime: &mut Client, told: &Told) -> Outcome {
    let event = json!({"id": told.id, "type": "test", "time": told.time, "facts": told.facts});
    receive_event(runtime, &event)
}

/// The same, of an event as it is handed over.
#[track_caller]
pub fn receive_event(runtime: &mut Client, event: &Value) -> Outcome {
    let statement =
        "SELECT status, reason, is_repeated, change::jsonb, touched::jsonb, warnings::jsonb
        FROM shell.receive_event('default', 'keycloak', $1, $2)";
    let row = runtime.query_one(statement, &[&Uuid::now_v7(), event]);
    let row = row.unwrap_or_else(|error| panic!("{event}: {error:?}"));
    Outcome {
        status: row.get(0),
        reason: row.get(1),
        is_repeated: row.get(2),
        change: row.get(3),
        touched: row.get(4),
        warnings: row.get(5),
    }
}

/// Runs statements that no policy holds back.
pub fn execute(database: &TestDatabase, statement: &str) {
    database.as_superuser().batch_execute(statement).unwrap();
}

/// Lets the provider call acme `A` and globex `G`.
pub fn named(database: &TestDatabase) {
    let statement =
        "UPDATE shell.organizations SET external_id = CASE slug WHEN 'acme' THEN 'A' ELSE 'G' END
        WHERE slug IN ('acme', 'globex')";
    execute(database, statement);
}

/// Receives facts that were told so many seconds ago.
#[track_caller]
pub fn tell(database: &TestDatabase, seconds: u64, facts: &[Value]) -> Outcome {
    let id = Uuid::now_v7().to_string();
    let told = Told::new(&id, ago(seconds * 1_000), facts);
    let outcome = receive(&mut database.as_runtime(), &told);
    assert_ne!(outcome.status, "failed", "{outcome:?}");
    outcome
}

/// That a user was created, whose username is its identifier.
pub fn created(user: &str, attributes: Value) -> Value {
    json!({"kind": "user", "user": user, "creates": true, "username": user, "attributes": attributes})
}

/// That a user joined an organization or left it.
pub fn member(organization: &str, user: &str, is_member: bool) -> Value {
    json!({"kind": "membership", "organization": organization, "user": user, "member": is_member})
}

/// `organization source` of each membership of a user.
pub fn memberships(database: &TestDatabase, user: &str) -> Vec<String> {
    let statement = "SELECT o.slug || ' ' || m.source FROM shell.memberships m
        JOIN shell.users u ON u.id = m.user_id JOIN shell.organizations o ON o.id = m.organization_id
        WHERE u.external_id = $1 ORDER BY 1";
    let rows = database.as_superuser().query(statement, &[&user]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// How many seconds ago tokens of a user were cut off in an organization, to ten of them: a test takes time, too.
pub fn cut_off(database: &TestDatabase, organization: &str, user: &str) -> Option<i64> {
    let statement = "SELECT (round(extract(epoch FROM now() - c.cut_off_at) / 10) * 10)::bigint FROM shell.membership_cutoffs c
        JOIN shell.organizations o ON o.id = c.organization_id WHERE o.slug = $1::text AND c.subject = $2";
    let row = database
        .as_superuser()
        .query_opt(statement, &[&organization, &user]);
    row.unwrap().map(|row| row.get(0))
}

/// Milliseconds since the epoch, that long ago.
pub fn ago(milliseconds: u64) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(now.unwrap().as_millis()).unwrap() - milliseconds
}

/// Makes the database one of which no provider has told anything, and that has no users.
pub fn reset(database: &TestDatabase) {
    let statement =
        "TRUNCATE shell.users, shell.memberships, shell.user_names, shell.linked_identities,
            shell.groups, shell.group_members, shell.provider_organizations, shell.membership_facts,
            shell.removed_memberships, shell.membership_cutoffs, shell.webhook_events, shell.revocations,
            shell.provider_clients, shell.sweeps, shell.swept;
        UPDATE shell.organizations
        SET external_id = NULL, alias_voided_at = NULL, members_rest_at = NULL, cut_off_at = NULL";
    database.as_superuser().batch_execute(statement).unwrap();
}

/// All that the order of events must not change, by kind. Of logins only a whole hour is kept, and the stamps of what
/// they repeat with it.
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

/// Numbers that a seed gives, the same wherever the test runs (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    /// One below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        usize::try_from(mixed % bound as u64).unwrap()
    }

    /// True in so many cases of a hundred.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// The same in another order, a third of it twice.
    pub fn shuffled<T: Clone>(&mut self, all: &[T]) -> Vec<T> {
        let mut shuffled = all.to_vec();
        for _ in 0..all.len() / 3 {
            shuffled.push(self.pick(all).clone());
        }
        for last in (1..shuffled.len()).rev() {
            shuffled.swap(last, self.below(last + 1));
        }
        shuffled
    }
}
