//! The data of decisions.

use std::collections::{BTreeSet, HashMap};

use access::policies::KeptPolicy;
use decisions::{
    Decision, Explanation, Question, SubjectPolicy, Values, decide, explain, reads_resource,
};
use service::problem::Problem;

use super::{evaluation::Evaluation, fields::Faults, request::Asked};

/// The data of decisions.
#[derive(Debug)]
pub struct Grounds<'g> {
    /// The policies of the subjects, by their `external_id`.
    policies: HashMap<&'g str, SubjectPolicy<&'g str>>,
    /// The stored properties of resources, by their types and ids.
    pub resources: HashMap<(&'g str, &'g str), String>,
    /// The caller, if it may be a user that asks about itself.
    caller: Option<&'g str>,
    /// The moment, in microseconds since the epoch.
    now: i64,
}

impl<'g> Grounds<'g> {
    /// From cached policies.
    pub fn new(
        kept: &'g HashMap<String, KeptPolicy>,
        caller: Option<&'g str>,
        now: i64,
    ) -> Result<Self, Problem> {
        let policies = kept.iter().map(|(subject, kept)| {
            let policy = kept.policy();
            let policy = policy.ok_or_else(|| Problem::internal("the policy cannot be read"))?;
            Ok((subject.as_str(), policy))
        });
        Ok(Self {
            policies: policies.collect::<Result<_, Problem>>()?,
            resources: HashMap::new(),
            caller,
            now,
        })
    }

    /// The resources, by their types and ids, whose stored properties the decisions depend on. If time runs out, some
    /// are missing, but then there is no time for the decisions either.
    pub fn resources_read<'a>(
        &self,
        asked: &'a Asked<'_>,
        has_time: impl Fn() -> bool,
    ) -> BTreeSet<(&'a str, &'a str)> {
        let mut lines = self.policies.values().flat_map(|policy| &policy.lines);
        if lines.all(|line| line.condition.is_none()) {
            return BTreeSet::new();
        }
        let evaluations = asked.evaluations().take_while(|_| has_time());
        let reading = evaluations.filter_map(|evaluation| {
            let evaluation = evaluation.ok()?;
            let question = self.question(&evaluation).ok()?;
            let policy = self.policy_of(&question)?;
            let resource = (question.resource_type, question.resource_id);
            reads_resource(policy, &question, self.now).then_some(resource)
        });
        reading.collect()
    }

    /// Decides an evaluation.
    pub fn decide(&self, evaluation: &Evaluation<'_, '_>) -> Result<Decision, Faults> {
        let question = self.question(evaluation)?;
        let Some(policy) = self.policy_of(&question) else {
            return Ok(Decision::default());
        };
        Ok(decide(policy, &question, self.stored(&question), self.now))
    }

    /// Decides, and explains the decision.
    pub fn explain(&self, question: &Question<'_>) -> Explanation<'_> {
        match self.policy_of(question) {
            Some(policy) => explain(policy, question, self.stored(question), self.now),
            None => Explanation::of_nobody(question),
        }
    }

    /// The values with which conditions were evaluated.
    pub fn values<'q>(&self, question: &Question<'q>) -> Option<Values<'q>> {
        let policy = self.policy_of(question)?;
        Values::new(question, policy.attributes, self.stored(question))
    }

    /// The question of an evaluation, which depends on whether it is about the caller itself.
    pub fn question<'e>(&self, evaluation: &Evaluation<'e, '_>) -> Result<Question<'e>, Faults> {
        let caller = self.caller;
        evaluation.question(caller.is_some_and(|caller| evaluation.subject.is_user(caller)))
    }

    fn policy_of(&self, question: &Question<'_>) -> Option<&SubjectPolicy<&'g str>> {
        let known = self.policies.get(question.subject_id);
        known.filter(|_| question.subject_type == "user")
    }

    fn stored<'s>(&'s self, question: &Question<'s>) -> Option<&'s str> {
        let resource = (question.resource_type, question.resource_id);
        self.resources.get(&resource).map(String::as_str)
    }
}
