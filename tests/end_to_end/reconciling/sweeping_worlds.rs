//! Random changes of users, groups and organizations at a provider, whose events are lost, late or repeated while
//! sweeps read it page by page: after the last sweep, the data here is what the provider has.

use postgres::Client;
use serde_json::{Value, json};
use tests::{
    Setup, TestDatabase,
    facts::{ago, receive},
    identity::{named, reset},
    sql::execute,
};

use super::{
    sweeping_calls::Sweep,
    sweeping_world::{ORGANIZATIONS, Person, USERS, World, user_fact},
};

/// The data here, without what is deleted.
fn found(database: &TestDatabase) -> Value {
    let statement = "SELECT jsonb_build_object(
        'people', (SELECT coalesce(jsonb_object_agg(u.external_id, jsonb_build_array(u.username, u.email, u.last_name,
            u.is_enabled, u.attributes,
            (SELECT coalesce(jsonb_object_agg(l.alias, l.external_id), '{}') FROM shell.linked_identities l
              WHERE l.user_external_id = u.external_id AND l.is_linked),
            (SELECT coalesce(jsonb_agg(m.group_external_id ORDER BY m.group_external_id), '[]')
              FROM shell.group_members m JOIN shell.groups g ON g.external_id = m.group_external_id
              WHERE m.user_external_id = u.external_id AND m.is_member AND NOT g.is_deleted),
            (SELECT coalesce(jsonb_agg(o.slug ORDER BY o.slug), '[]') FROM shell.memberships m
              JOIN shell.organizations o ON o.id = m.organization_id WHERE m.user_id = u.id))), '{}')
          FROM shell.users u WHERE u.deleted_at IS NULL),
        'groups', (SELECT coalesce(jsonb_object_agg(g.external_id,
            jsonb_build_array(g.name, g.parent_external_id)), '{}') FROM shell.groups g
          WHERE NOT g.is_deleted AND g.name IS NOT NULL),
        'organizations', (SELECT coalesce(jsonb_object_agg(p.external_id, p.is_enabled), '{}')
          FROM shell.provider_organizations p WHERE NOT p.is_deleted))";
    let row = database.as_superuser().query_one(statement, &[]).unwrap();
    row.get(0)
}

/// Reads all of the provider, while changes go on there as `steps` says, and repairs the data here.
fn sweep(owner: &mut Client, runtime: &mut Client, world: &mut World, steps: usize) -> Vec<Value> {
    let sweep = Sweep::begin(owner).unwrap();
    let mut repaired = Vec::new();
    let mut part = |owner: &mut Client, call: &str, rows: &[Value]| {
        let changes = sweep.part(owner, call, rows);
        repaired.extend(changes.unwrap_or_else(|error| panic!("{call} {rows:?}: {error:?}")));
    };
    let mut pass = |world: &mut World| {
        for _ in 0..steps {
            for event in world.pass() {
                receive(runtime, &event);
            }
        }
    };
    let at = world.date();
    pass(world);
    let organizations = ORGANIZATIONS.map(|(id, alias)| {
        json!({"at": at, "fact": {"kind": "organization", "organization": id, "alias": alias,
            "enabled": world.enabled[id]}})
    });
    part(owner, "sweep_facts($1, $2, 86400, false)", &organizations);
    let at = world.date();
    pass(world);
    let groups: Vec<_> = world.groups.iter().map(|(id, (name, parent))| {
        json!({"at": at, "fact": {"kind": "group", "group": id, "name": name, "parent": parent}})
    }).collect();
    part(owner, "sweep_facts($1, $2, 86400, false)", &groups);
    for page in USERS.chunks(2) {
        let at = world.date();
        pass(world);
        let mut rows: Vec<_> = page
            .iter()
            .filter_map(|id| {
                Some((
                    *id,
                    json!({"at": at, "user": user_fact(id, world.people.get(id)?)}),
                ))
            })
            .collect();
        for (list, of) in [
            (
                "links",
                (|person| {
                    person.links.iter()
                .map(|(alias, id)| json!({"alias": alias, "external_id": id, "username": "x"})).collect()
                }) as fn(&Person) -> Vec<Value>,
            ),
            ("groups", |person| {
                person.groups.iter().map(|id| json!(id)).collect()
            }),
            ("organizations", |person| {
                person.organizations.iter().map(|id| json!(id)).collect()
            }),
        ] {
            let at = world.date();
            pass(world);
            // Users who were deleted meanwhile are requested at the end.
            rows.retain(|(id, _)| world.people.contains_key(id));
            for (id, row) in &mut rows {
                row[list] = json!({"at": at, "items": of(&world.people[id])});
            }
        }
        let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
        part(owner, "sweep_users($1, $2, 86400, false)", &rows);
        pass(world);
    }
    let mut gone = Vec::new();
    for kind in ["group", "user"] {
        for id in sweep.missing(owner, kind) {
            let at = world.date();
            pass(world);
            let is_there = match kind {
                "user" => world.people.contains_key(id.as_str()),
                _ => world.groups.contains_key(id.as_str()),
            };
            if !is_there {
                gone.push(json!({"kind": kind, "id": id, "at": at}));
            }
        }
    }
    part(owner, "sweep_gone($1, $2, false)", &gone);
    sweep.end(owner);
    repaired
}

#[test]
fn after_the_last_sweep_all_is_as_the_provider_has_it() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut owner = database.as_owner();
    let mut runtime = database.as_runtime();
    for seed in 0..150 {
        reset(database);
        named(database);
        execute(
            database,
            "UPDATE shell.identity_providers SET attributes = ARRAY['department'] WHERE slug = 'default'",
        );
        let mut world = World::new(seed, ago(3_600_000));
        for _ in 0..4 {
            for _ in 0..20 {
                for event in world.pass() {
                    receive(&mut runtime, &event);
                }
            }
            sweep(&mut owner, &mut runtime, &mut world, 1);
        }
        // Half of the late events arrive before the last sweep, the rest after it.
        world.now += 5_000;
        let late = std::mem::take(&mut world.late);
        let (before, after) = late.split_at(late.len() / 2);
        for event in before {
            receive(&mut runtime, event);
        }
        sweep(&mut owner, &mut runtime, &mut world, 0);
        let expected = world.expected();
        assert_eq!(found(database), expected, "world {seed}");
        for event in after {
            receive(&mut runtime, event);
        }
        assert_eq!(
            found(database),
            expected,
            "world {seed}, with what came late"
        );
        world.now += 5_000;
        let repaired = sweep(&mut owner, &mut runtime, &mut world, 0);
        assert_eq!(repaired, Vec::<Value>::new(), "world {seed}");
    }
}
