//! A decision in one of a thousand organizations, compared with the same where it is the only one; and the
//! amount of data that Redis then holds.

use std::time::Duration;

use anyhow::Result;
use xtask::test_environment::TestEnvironment;

use super::decision::LINES;
use super::held;
use super::population::{Organizations, SUBJECTS};
use super::questions::Questions;
use super::scene::Scene;
use crate::figures::{Bench, Held};
use crate::race::Lane;
use crate::stage::Stage;
use crate::table::thousands;

const ORGANIZATIONS: i32 = 1_000;
/// The rest is the usual difference between two rounds of the same lane.
const FLAT: f64 = 0.90;

/// Two databases and two Shells on one Redis, measured in turns.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let only = Organizations::one("bench-1", LINES);
    let many = Organizations {
        slugs: (1..=ORGANIZATIONS).map(|n| format!("bench-{n}")).collect(),
        ..only.clone()
    };
    let alone = Scene::new(environment, &[&only])?;
    let lines = f64::from(ORGANIZATIONS) * f64::from(LINES);
    eprintln!("writing {} policy lines", thousands(lines));
    let crowd = Scene::on(alone.stage.twin()?, &[&many])?;

    let one = Questions::single(&alone.shell, &only)?;
    let one_of_many = Questions::single(&crowd.shell, &many)?;
    let everywhere = Questions::everywhere(&crowd.shell, &many)?;
    let redis = held(&crowd, &one_of_many, &everywhere)?;
    alone.check([&one])?;

    let of_many = thousands(f64::from(ORGANIZATIONS));
    let lanes = [
        alone.lane("in the only organization", &one),
        Lane {
            floor: Some(0),
            at_least: Some(FLAT),
            ..crowd.lane(format!("in one of {of_many}"), &one_of_many)
        },
        Lane {
            floor: Some(0),
            ..crowd.lane(format!("in {of_many} in turn"), &everywhere)
        },
    ];
    let bench = super::races(&lanes, measured)?;
    alone.check([&one])?;
    crowd.check([&one_of_many, &everywhere])?;
    drop(lanes);
    alone.close()?;
    crowd.close()?;
    Ok(Bench { redis, ..bench })
}

/// The data in Redis as more and more of the crowd's decisions are requested.
fn held(crowd: &Scene, one: &Questions, everywhere: &Questions) -> Result<Vec<Held>> {
    let stage: &Stage = &crowd.stage;
    redis::cmd("FLUSHDB").exec(&mut stage.redis()?)?;
    let nothing = held::look(stage, "nothing was asked")?;
    crowd.check([one])?;
    let of_one = format!("{SUBJECTS} subjects of one organization");
    let of_one = held::look(stage, of_one)?;
    crowd.check([everywhere])?;
    let all = thousands(f64::from(ORGANIZATIONS));
    let of_all = format!("and one subject of each of {all}");
    Ok(vec![nothing, of_one, held::look(stage, of_all)?])
}
