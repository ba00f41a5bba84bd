//! Decisions while resources are stored in the same organization, and while another one changes.

use std::time::Duration;

use anyhow::Result;
use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use serde_json::json;
use xtask::test_environment::TestEnvironment;

use super::decision::LINES;
use super::population::{OWNED, Organizations, SUBJECTS, TYPE};
use super::questions::Questions;
use super::scene::Scene;
use crate::changing::{self, AT_LEAST, CHANGES_A_SECOND, OTHER};
use crate::figures::Bench;
use crate::load::{self, Steady, Target};
use crate::race::{Lane, ROUNDS, Work};
use crate::stage::Stage;
use crate::{CONNECTIONS, population};

const RESOURCES_A_SECOND: f64 = 100.0;

/// With a policy without conditions, which stored resources do not affect, and with one whose conditions use them.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let plain = Organizations::one("bench-plain", LINES);
    let conditional = Organizations {
        condition: Some(OWNED),
        ..Organizations::one("bench-conditions", LINES)
    };
    let stage = Stage::new(environment)?;
    // Adds the apps that are enabled and disabled for the other organization.
    population::fill(&stage, 1)?;
    let scene = Scene::on(stage, &[&plain, &conditional])?;
    for organization in [&plain, &conditional] {
        store_what_is_asked(&scene, organization)?;
    }
    let all = [
        Questions::single(&scene.shell, &plain)?,
        Questions::single(&scene.shell, &conditional)?,
    ];
    scene.check(&all)?;
    let [without, with] = &all;

    let administrator = scene.administrator()?;
    let steady = |targets, per_second| Steady::new(targets, administrator.clone(), per_second);
    let storing = [
        steady(resources(&scene, &plain, measured)?, RESOURCES_A_SECOND),
        steady(
            resources(&scene, &conditional, measured)?,
            RESOURCES_A_SECOND,
        ),
    ];
    let [storing, storing_conditional] = &storing;
    let changes = changing::changes(&scene.shell);
    // Once in order: the instances that serve these requests must be started first, and a change must not overtake
    // the first ones while they wait for that.
    for change in &changes {
        load::answer(change, administrator.clone())?;
    }
    let changing = steady(changes, CHANGES_A_SECOND);
    let stored = format!("while {RESOURCES_A_SECOND} resources/s are stored");
    let lane = |name: &str, work, floor| Lane {
        name: name.to_owned(),
        work,
        floor: Some(floor),
        at_least: Some(AT_LEAST),
    };
    let ask = |questions| scene.lane("", questions).work;
    let lanes = [
        scene.lane("a decision", without),
        lane(&stored, beside(storing, ask(without)), 0),
        lane(
            &format!("while {OTHER} changes {CHANGES_A_SECOND} times/s"),
            changing::while_changing(&scene.stage, &changing, ask(without)),
            0,
        ),
        scene.lane("with a condition, of a stored resource", with),
        lane(
            &format!("with a condition, {stored}"),
            beside(storing_conditional, ask(with)),
            3,
        ),
    ];
    let bench = super::races(&lanes, measured)?;
    scene.check(&all)?;
    drop(lanes);
    scene.close()?;
    Ok(bench)
}

/// Stores the resources of the questions, so that neither the first stored resource of a type nor a change of one
/// of them affects the requests.
fn store_what_is_asked(scene: &Scene, organization: &Organizations) -> Result<()> {
    let ids: Vec<_> = (1..=SUBJECTS)
        .flat_map(|subject| organization.resources_of(subject).next())
        .collect();
    scene.stage.superuser()?.execute(
        r#"INSERT INTO shell.resources (organization_id, type, id, properties)
           SELECT o.id, $2::text, r, '{"status": "draft"}'
           FROM shell.organizations o, unnest($3::text[]) AS r
           WHERE o.slug = $1::text
           ON CONFLICT ON CONSTRAINT resources_pkey DO NOTHING"#,
        &[&organization.slugs.first(), &TYPE, &ids],
    )?;
    Ok(())
}

/// More than are stored in all rounds, so that each of them is new.
fn resources(
    scene: &Scene,
    organization: &Organizations,
    measured: Duration,
) -> Result<Vec<Target>> {
    let rounds = ROUNDS * CONNECTIONS.len();
    let all = load::duration_of(measured).as_secs_f64() * rounds as f64 * RESOURCES_A_SECOND;
    let slug = organization.slugs.first().map_or("", String::as_str);
    let slug = HeaderValue::from_str(slug)?;
    let body = json!({"properties": {"owner": "subject-1", "status": "draft"}}).to_string();
    let resources = (1..=(2.0 * all) as u64).map(|number| {
        let path = format!("/v1/resources/{TYPE}/new-{number}");
        let mut target = Target::post(scene.shell.address, path, body.clone());
        target.method = Method::PUT;
        target.expected = StatusCode::CREATED;
        target.headers.insert("shell-organization", slug.clone());
        target
    });
    Ok(resources.collect())
}

fn beside<'a>(steady: &'a Steady, readers: Work<'a>) -> Work<'a> {
    Box::new(move |connections, measured| steady.beside(|| readers(connections, measured)))
}
