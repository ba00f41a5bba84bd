//! A Shell with a population, and its callers.

use anyhow::{Context as _, Result};
use hyper::header::HeaderValue;
use xtask::test_environment::TestEnvironment;

use super::population::{self, Organizations};
use super::questions::Questions;
use crate::TOKENS;
use crate::load::Tokens;
use crate::race::{self, Lane};
use crate::stage::{Served, Stage};

/// What a part runs on.
pub struct Scene {
    /// The stores.
    pub stage: Stage,
    /// The Shell.
    pub shell: Served,
    satellites: Vec<HeaderValue>,
}

impl Scene {
    /// On a new database.
    pub fn new(environment: &TestEnvironment, population: &[&Organizations]) -> Result<Self> {
        Self::on(Stage::new(environment)?, population)
    }

    /// On a database that does not have the population yet.
    pub fn on(stage: Stage, population: &[&Organizations]) -> Result<Self> {
        population::fill(&stage, population)?;
        // Data of an earlier part is about another database, whose organizations may have the same names.
        redis::cmd("FLUSHDB").exec(&mut stage.redis()?)?;
        Ok(Self {
            shell: stage.shell()?,
            satellites: stage.tokens_of("platform", 0..TOKENS)?,
            stage,
        })
    }

    /// The token of one of the satellites.
    pub fn satellite(&self) -> Result<&HeaderValue> {
        self.satellites.first().context("there is no token")
    }

    /// The token of an administrator of platform.
    pub fn administrator(&self) -> Result<HeaderValue> {
        let tokens = self.stage.tokens_of("platform", TOKENS..TOKENS + 1)?;
        tokens.into_iter().next().context("there is no token")
    }

    /// Sends each request once and checks the decisions.
    pub fn check<'q>(&self, all: impl IntoIterator<Item = &'q Questions>) -> Result<()> {
        let satellite = self.satellite()?;
        all.into_iter().try_for_each(|some| some.check(satellite))
    }

    /// All questions in turn, with all tokens in turn.
    pub fn lane(&self, name: impl Into<String>, questions: &Questions) -> Lane<'_> {
        Lane {
            name: name.into(),
            work: race::requests_in_turn(questions.targets.clone(), |_| Ok(self.tokens())),
            floor: None,
            at_least: None,
        }
    }

    /// The tokens of the satellites.
    pub fn tokens(&self) -> Tokens {
        Tokens::InTurn(self.satellites.clone())
    }

    /// Stops the Shell and removes the database.
    pub fn close(self) -> Result<()> {
        drop(self.shell);
        self.stage.close()
    }
}
