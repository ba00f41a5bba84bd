//! Casbin alone, in this process and on one thread, with the whole policy of an organization: the alternative of
//! a service that links Casbin and holds everything in memory.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use casbin::function_map::OperatorFunction;
use casbin::rhai::Dynamic;
use casbin::{CoreApi as _, DefaultModel, Enforcer};
use hdrhistogram::Histogram;

use super::population::{self, ACTION, Organizations, SUBJECTS, TYPE};
use crate::load::{self, Round};

/// The Shell's own model; only the evaluation of the policy differs.
const MODEL: &str = include_str!("../../../shared/decisions/src/model.conf");
/// The domain.
const ORGANIZATION: &str = "=organization";

/// An enforcer, and the questions that it is asked in turn.
pub struct Plain {
    enforcer: Enforcer,
    requests: Vec<[String; 5]>,
    next: Cell<usize>,
}

impl Plain {
    /// With the same policy that the population's SQL writes.
    pub fn new(organizations: &Organizations) -> Result<Self> {
        let mut enforcer = enforcer()?;
        let model = enforcer.get_mut_model();
        for role in 1..=organizations.roles() {
            for line in 1..=organizations.lines_a_role() {
                let id = population::resource(role, line);
                let line = [
                    &name_of(role),
                    ORGANIZATION,
                    &exactly(TYPE),
                    &exactly(&id),
                    &exactly(ACTION),
                    "allow",
                    "",
                ];
                model.add_policy("p", "p", line.map(str::to_owned).to_vec());
            }
            if role % 2 == 1 {
                model.add_policy("g", "g", link(name_of(role), name_of(role + 1)));
            }
        }
        for subject in 1..=SUBJECTS {
            let role = organizations.role_of(subject);
            model.add_policy("g", "g", link(user(subject), name_of(role)));
        }
        enforcer.build_role_links()?;
        let requests = (1..=SUBJECTS).map(|subject| {
            let id = organizations.resources_of(subject).next();
            [
                user(subject),
                ORGANIZATION.to_owned(),
                exactly(TYPE),
                exactly(&id.unwrap_or_default()),
                exactly(ACTION),
            ]
        });
        Ok(Self {
            enforcer,
            requests: requests.collect(),
            next: Cell::new(0),
        })
    }

    /// Asks repeatedly. One decision may take longer than the round should.
    pub fn round(&self, measured: Duration) -> Result<Round> {
        let mut latencies = Histogram::new_with_max(load::LONGEST, 3)?;
        let begun = Instant::now();
        let mut decided = 0.0;
        while begun.elapsed() < measured {
            let asked = Instant::now();
            ensure!(self.decide()?, "Casbin denies what is allowed");
            latencies.saturating_record(u64::try_from(asked.elapsed().as_micros())?);
            decided += 1.0;
        }
        Ok(Round {
            per_second: decided / begun.elapsed().as_secs_f64(),
            latencies: Some(latencies),
            beside: None,
        })
    }

    fn decide(&self) -> Result<bool> {
        let next = self.next.get();
        self.next.set(next + 1);
        let request = self.requests.get(next % self.requests.len().max(1));
        let request = request.context("there is nothing to ask")?;
        let mut values: Vec<_> = request.iter().cloned().map(Dynamic::from).collect();
        // The conditions that hold: no line has one.
        values.push(Dynamic::UNIT);
        Ok(self.enforcer.enforce(values)?)
    }
}

/// An enforcer without a policy.
fn enforcer() -> Result<Enforcer> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .context("cannot start Casbin")?;
    let enforcer = runtime.block_on(async {
        let model = DefaultModel::from_str(MODEL).await?;
        Enforcer::new_raw(model, ()).await
    });
    let mut enforcer = enforcer?;
    enforcer.add_function("holds", OperatorFunction::Arg2(|_, _| false.into()));
    Ok(enforcer)
}

fn user(number: i32) -> String {
    format!("user:{}", population::subject(number))
}

fn name_of(role: i32) -> String {
    format!("role:role-{role}")
}

fn exactly(name: &str) -> String {
    format!("={name}")
}

fn link(who: String, role: String) -> Vec<String> {
    vec![who, role, ORGANIZATION.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_allows_what_the_population_allows() {
        let plain = Plain::new(&Organizations::one("any", 100)).unwrap();
        for _ in 1..=SUBJECTS {
            assert!(plain.decide().unwrap());
        }
    }
}
