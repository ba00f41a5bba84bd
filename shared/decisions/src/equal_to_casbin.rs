//! Decisions equal those of a plain Casbin enforcer that has the policies of all organizations, for random policies.

mod explained;
mod random;
mod world;

use serde_json::json;

use crate::condition::Judge;
use crate::enforcer::{self, Request};
use crate::{AskedBy, Properties, Question, decide};
use random::Random;
use world::{ACTIONS, IDS, NOW, ORGANIZATIONS, TYPES, USERS, World};

const WORLDS: u64 = 10_000;
const QUESTIONS: usize = 4;

#[derive(Default, Debug)]
struct Seen {
    allowed: usize,
    denied: usize,
    denied_by_a_line: usize,
    by_a_condition: usize,
    by_a_group: usize,
    deep: usize,
    circles: usize,
    explained: usize,
}

#[test]
fn ten_thousand_random_policies() {
    let mut seen = Seen::default();
    for seed in 0..WORLDS {
        let mut random = Random::new(seed);
        let world = World::new(&mut random);
        let inheritance = world.check_inheritance();
        match &inheritance {
            Ok(()) => {}
            Err(crate::InheritanceFault::Circle(_)) => seen.circles += 1,
            Err(crate::InheritanceFault::TooDeep(_)) => seen.deep += 1,
        }
        let mut plain = enforcer::enforcer().unwrap();
        enforcer::load(&mut plain, world.rules()).unwrap();
        for _ in 0..QUESTIONS {
            let may_be_stored = inheritance.is_ok();
            compare(seed, &world, &plain, may_be_stored, &mut random, &mut seen);
        }
    }
    // A case that never occurs is not tested.
    eprintln!("{seen:?}");
    let all = WORLDS as usize * QUESTIONS;
    assert!(
        seen.allowed > all / 10 && seen.denied > all / 10,
        "{seen:?}"
    );
    assert!(seen.denied_by_a_line > all / 50, "{seen:?}");
    assert!(seen.by_a_condition > all / 50, "{seen:?}");
    assert!(seen.by_a_group > all / 50, "{seen:?}");
    assert!(seen.explained > all / 4, "{seen:?}");
    assert!(seen.deep > 100 && seen.circles > 100, "{seen:?}");
}

fn compare(
    seed: u64,
    world: &World,
    plain: &casbin::Enforcer,
    may_be_stored: bool,
    random: &mut Random,
    seen: &mut Seen,
) {
    let organization = random.below(ORGANIZATIONS);
    let user = *random.one_of(&USERS);
    let sent = properties(random);
    let context = properties(random);
    let stored = random
        .one_in(2)
        .then(|| json!(properties(random)).to_string());
    let question = Question {
        asked_by: *random.one_of(&[AskedBy::Service, AskedBy::EndUser]),
        subject_type: if random.one_in(20) { "service" } else { "user" },
        subject_id: user,
        subject_properties: random.one_in(2).then_some(&sent),
        action_name: random.one_of::<&str>(&ACTIONS),
        action_properties: None,
        resource_type: random.one_of::<&str>(&TYPES),
        resource_id: random.one_of::<&str>(&IDS),
        resource_properties: random.one_in(2).then_some(&sent),
        context: Some(&context),
    };

    let attributes = world.attributes(organization);
    let judge = Judge::new(&question, attributes, stored.as_deref());
    let asked = |held: Vec<bool>| {
        let request = Request {
            user: user.to_owned(),
            organization: organization.to_string(),
            resource_type: question.resource_type.to_owned(),
            resource_id: question.resource_id.to_owned(),
            action: question.action_name.to_owned(),
            held,
        };
        enforcer::ask(plain, request).unwrap()
    };
    let expected = question.subject_type == "user" && asked(world.held(&judge));

    let policy = world.policy_of(organization, user);
    let decision = decide(&policy, &question, stored.as_deref(), NOW);
    assert_eq!(decision.failure, None);
    assert_eq!(
        decision.allowed, expected,
        "seed {seed}, organization {organization}: {question:?}\n{policy:#?}"
    );

    // Beyond 9 roles in a row, Casbin follows some paths and not others.
    if may_be_stored {
        explained::check(&policy, &question, stored.as_deref(), &decision, random);
        seen.explained += 1;
    }

    if expected {
        seen.allowed += 1;
    } else {
        seen.denied += 1;
    }
    let lines = policy.lines.iter().cloned();
    let without_denials = crate::SubjectPolicy {
        lines: lines
            .filter(|line| line.effect == crate::Effect::Allow)
            .collect(),
        ..policy.clone()
    };
    let assigned = policy.assignments.iter().cloned();
    let without_groups = crate::SubjectPolicy {
        assignments: assigned.filter(|one| one.by_group.is_none()).collect(),
        ..policy
    };
    if decide(&without_groups, &question, stored.as_deref(), NOW).allowed != expected {
        seen.by_a_group += 1;
    }
    if !expected && decide(&without_denials, &question, stored.as_deref(), NOW).allowed {
        seen.denied_by_a_line += 1;
    }
    if question.subject_type == "user" && asked(world.held_always()) != expected {
        seen.by_a_condition += 1;
    }
}

fn properties(random: &mut Random) -> Properties {
    let mut properties = Properties::new();
    for name in ["a", "b"] {
        if random.one_in(2) {
            let values = [json!(1), json!(1.0), json!(2.5), json!("x"), json!(true)];
            properties.insert(name.to_owned(), random.one_of(&values).clone());
        }
    }
    properties
}
