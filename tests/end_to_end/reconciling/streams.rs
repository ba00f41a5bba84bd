//! Events arrive while a sweep runs, some of them late and some never: the result equals the provider's data.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tests::{AdminServer, Dice, Gate, Lie, Shell, on_behalf::get, sql::execute};

use super::{
    state::{assert_same, assert_settled, here, known, later, start, sweep, username},
    world::World,
};

/// The events that are sent at once, late, and never.
#[derive(Default)]
struct Events {
    now: Vec<Value>,
    late: Vec<Value>,
}

impl Events {
    fn take(&mut self, dice: &mut Dice, event: Option<Value>) {
        let Some(event) = event else { return };
        match dice.below(10) {
            0..=4 => self.now.push(event),
            5 => self.now.extend([event.clone(), event]),
            6 | 7 => self.late.push(event),
            _ => {}
        }
    }
}

#[track_caller]
fn deliver(shell: &Shell, events: Vec<Value>) {
    for event in events {
        let answer = shell.deliver(&event);
        assert_eq!(answer.status, 202, "{event}: {}", answer.body);
    }
}

/// With each answer, the realm may change before or after it, and send events about that.
fn stir(server: &AdminServer, world: &Arc<Mutex<World>>, events: &Arc<Mutex<Events>>) {
    for pattern in [
        "users",
        "users/*",
        "users/*/groups",
        "users/*/federated-identity",
        "groups",
        "groups/*/children",
        "organizations",
        "organizations/members/*/organizations",
    ] {
        let (world, events) = (Arc::clone(world), Arc::clone(events));
        let clock = server.clock();
        server.lie_with(pattern, 0..usize::MAX, move |truth, realm| {
            let mut world = world.lock().unwrap();
            if world.dice.percent(20) {
                let event = world.happen(realm, clock.now());
                events.lock().unwrap().take(&mut world.dice, event);
            }
            let delay = Duration::from_millis(world.dice.below(20) as u64);
            Lie::Slow(delay).told(truth)
        });
    }
}

/// Asserts that `/v1/users` shows the members that an organization has at the provider.
#[track_caller]
fn assert_shown(shell: &Shell, server: &AdminServer, organization: &str, id: &str) {
    let list = get(shell, organization, "/v1/users?limit=100")
        .expect(200)
        .json();
    let shown = list["items"].as_array().unwrap().iter();
    let shown: Vec<_> = shown
        .map(|item| json!([item["user"], item["username"], item["status"]]))
        .collect();
    let mut expected = server.realm(|realm| {
        let members = realm
            .users
            .iter()
            .filter(|(_, user)| user.organizations.contains(id));
        members
            .map(|(id, user)| {
                json!([
                    id,
                    user.username,
                    if user.is_disabled {
                        "disabled"
                    } else {
                        "active"
                    }
                ])
            })
            .collect::<Vec<_>>()
    });
    let mut shown = shown;
    for list in [&mut shown, &mut expected] {
        list.sort_by_key(ToString::to_string);
    }
    assert_eq!(shown, expected);
}

#[test]
fn whatever_streams_in_while_it_runs_the_end_is_what_the_provider_has() {
    for seed in 0..6 {
        let (server, setup) = start();
        server.shorten_pages(3);
        let shell = setup.start();
        let world = Arc::new(Mutex::new(World::new(seed)));
        let events = Arc::new(Mutex::new(Events::default()));
        for _ in 0..30 {
            let mut world = world.lock().unwrap();
            let event = server.realm_at(|realm, now| world.happen(realm, now));
            events.lock().unwrap().take(&mut world.dice, event);
        }
        stir(&server, &world, &events);
        for _ in 0..3 {
            let job = shell.setup().running_job("reconcile", &["--force"]);
            let mut job = Some(job);
            while let Some(running) = job.take() {
                let now = std::mem::take(&mut events.lock().unwrap().now);
                deliver(&shell, now);
                match running.ended() {
                    Ok(ended) => drop(ended.unwrap_or_else(|said| panic!("{seed}: {said}"))),
                    Err(running) => job = Some(running),
                }
            }
            // Some of the late events arrive now, in any order.
            let mut events = events.lock().unwrap();
            let late = world.lock().unwrap().dice.shuffled(&events.late);
            let (some, rest) = late.split_at(late.len() / 2);
            events.late = rest.to_vec();
            deliver(&shell, some.to_vec());
            drop(events);
            later(&server);
        }
        server.repent();
        let rest = std::mem::take(&mut *events.lock().unwrap());
        deliver(&shell, rest.now);
        later(&server);
        sweep_all(&shell);
        assert_same(&server, shell.database());
        // The events that arrive even later are older.
        deliver(&shell, rest.late);
        assert_same(&server, shell.database());
        assert_settled(&server, shell.setup());
        for (id, organization) in [("A", "acme"), ("G", "globex")] {
            if server.realm(|realm| !realm.organizations[id].is_disabled) {
                assert_shown(&shell, &server, organization, id);
            }
        }
    }
}

fn sweep_all(shell: &Shell) {
    let said = shell.setup().job("reconcile", None, &["--force"]);
    said.unwrap_or_else(|said| panic!("{said}"));
}

#[test]
fn an_event_that_comes_after_a_page_was_read_is_not_undone_by_it() {
    let (server, setup) = start();
    server.realm(|realm| {
        for name in ["ann", "ben"] {
            realm.add(name).organizations.insert("A".to_owned());
        }
    });
    let shell = setup.start();
    sweep(shell.setup());
    later(&server);
    let gate = Gate::default();
    server.lie("users", 0..1, Lie::Held(gate.clone()));
    let job = shell.setup().running_job("reconcile", &[]);
    // The page has been made, but not sent yet.
    gate.wait();
    later(&server);
    let mut world = World::new(1);
    let told = server.realm_at(|realm, now| {
        realm.user("id-ann").last_name = Some("Told".to_owned());
        realm.leave("id-ben", "A");
        let update = world.told_of(now, "admin.USER-UPDATE", "users/id-ann", &json!({"lastName": "Told"}),
            &json!({"userId": "id-ann", "username": "ann"}));
        let left = world.told_of(now, "admin.ORGANIZATION_MEMBERSHIP-DELETE", "organizations/A/members/id-ben",
            &json!({"id": "A", "alias": "acme", "enabled": true}), &json!({"username": "ben"}));
        realm.add("cleo");
        let created = world.told_of(now, "admin.USER-CREATE", "users/id-cleo", &json!({"username": "cleo",
            "firstName": "First", "lastName": "Last of cleo", "email": "cleo@corp.example", "enabled": true}),
            &json!({"userId": "id-cleo", "username": "cleo"}));
        vec![update, left, created]
    });
    deliver(&shell, told);
    assert_same(&server, shell.database());
    gate.open();
    let said = job.end().unwrap();
    assert!(said.contains("nothing to repair"), "{said}");
    assert_same(&server, shell.database());
    assert_settled(&server, shell.setup());
}

#[test]
fn one_runs_at_a_time() {
    let (server, setup) = start();
    server.realm(|realm| drop(realm.add("ann").clone()));
    let gate = Gate::default();
    server.lie("users", 0..1, Lie::Held(gate.clone()));
    let first = setup.running_job("reconcile", &[]);
    gate.wait();
    let said = setup.job("reconcile", None, &[]).unwrap_err();
    assert!(said.contains("another"), "{said}");
    assert_eq!(known(setup.database()).len(), 0);
    gate.open();
    first.end().unwrap();
    assert_same(&server, setup.database());
    assert_settled(&server, &setup);
}

#[test]
fn what_was_killed_midway_is_done_by_the_next() {
    let (server, setup) = start();
    server.realm(|realm| {
        for number in 0..1_200 {
            realm.add(&username(number));
        }
    });
    let gate = Gate::default();
    server.shorten_pages(100);
    server.lie("users", 8..9, Lie::Held(gate.clone()));
    let job = setup.running_job("reconcile", &[]);
    gate.wait();
    job.kill();
    gate.open();
    let kept = known(setup.database()).len();
    assert!(kept < 1_200, "{kept}");
    // It still counts as running; three minutes later it is considered dead.
    let said = setup.job("reconcile", None, &[]).unwrap_err();
    assert!(said.contains("another"), "{said}");
    let statement = "UPDATE shell.sweeps SET renewed_at = renewed_at - interval '3 minutes'";
    execute(setup.database(), statement);
    server.repent();
    sweep(&setup);
    assert_same(&server, setup.database());
    let before = here(setup.database());
    assert_settled(&server, &setup);
    assert_eq!(here(setup.database()), before);
}
