//! The reason for a decision in one sentence, without any value of an attribute.

use crate::condition::Outcome;
use crate::explain::{Considered, Explanation, Standing};
use crate::policy::Effect;
use crate::question::Question;

/// The maximum number of roles that a sentence names.
const MOST_NAMED: usize = 5;

impl Explanation<'_> {
    /// The reason, for callers that may know the roles.
    pub fn reason(&self, question: &Question<'_>) -> String {
        let subject = question.subject_id;
        if self.decision.failure.is_some() {
            return "Casbin could not decide, so the request is denied".to_owned();
        }
        match self.standing {
            Standing::MayHoldRoles => {}
            Standing::MayHoldNone => {
                return format!(
                    "{subject} cannot hold a role here: it is not a member or is disabled, or the organization is \
                     suspended or disabled"
                );
            }
            Standing::OfAnotherType => {
                return "only a subject of type user can hold roles".to_owned();
            }
        }
        if let Some(line) = self.lines.iter().find(|line| line.decided) {
            return self.by_a_line(line, subject);
        }
        let held: Vec<_> = self.ways.roles().collect();
        if held.is_empty() {
            return self.without_roles(subject);
        }
        let allowing = self.lines.iter();
        let allowing = allowing.filter(|line| line.effect == Effect::Allow);
        let allowing: Vec<_> = allowing.collect();
        if let Some(line) = allowing.first() {
            return uncounted(line, allowing.len());
        }
        let asked = said(
            question.action_name,
            question.resource_type,
            question.resource_id,
        );
        let held = listed(&held);
        format!("no line allows {asked}; {subject} holds {held}")
    }

    fn by_a_line(&self, line: &Considered<'_>, subject: &str) -> String {
        let (role, said) = (line.role, line.said());
        let verb = match line.effect {
            Effect::Allow => "allows",
            Effect::Deny => "denies",
        };
        let condition = match (line.condition, line.outcome) {
            (None, _) => "",
            (Some(_), Outcome::CannotBeJudged) => {
                " under a condition that cannot be evaluated, and so counts"
            }
            (Some(_), _) => " under a condition that holds",
        };
        let held = self.how_held(role, subject);
        format!("the role {role} {verb} {said}{condition}; {held}")
    }

    /// How the role is held, by the first path to it.
    fn how_held(&self, role: &str, subject: &str) -> String {
        let way = self.ways.to(role).next();
        let (path, group) = way.map(|way| (way.path, way.by_group)).unwrap_or_default();
        match (path.as_slice(), group) {
            ([] | [_], None) => format!("{subject} was assigned it"),
            ([] | [_], Some(group)) => format!("{subject} holds it by the group {group}"),
            ([through @ .., _], None) => {
                format!("{subject} holds it through {}", through.join(" > "))
            }
            ([through @ .., _], Some(group)) => {
                let through = through.join(" > ");
                format!("{subject} holds it through {through} by the group {group}")
            }
        }
    }

    fn without_roles(&self, subject: &str) -> String {
        let ended: Vec<_> = self.ended.iter().map(|(role, _)| *role).collect();
        if ended.is_empty() {
            format!("{subject} holds no role: it was assigned none, and no group gives it one")
        } else {
            let ended = listed(&ended);
            format!("{subject} holds no role any more: its assignments have ended ({ended})")
        }
    }
}

impl Considered<'_> {
    fn said(&self) -> String {
        said(self.action, self.resource_type, self.resource_id)
    }
}

/// Why the first of some lines that allow does not apply, and how many others do not.
fn uncounted(line: &Considered<'_>, lines: usize) -> String {
    let (role, said) = (line.role, line.said());
    let why = match line.outcome {
        Outcome::CannotBeJudged => "cannot be evaluated",
        Outcome::Counts | Outcome::DoesNotHold => "does not hold",
    };
    let others = match lines - 1 {
        0 => String::new(),
        1 => ", and one other line that allows it does not count either".to_owned(),
        others => format!(", and {others} other lines that allow it do not count either"),
    };
    format!("the role {role} allows {said} under a condition that {why}{others}")
}

fn said(action: &str, resource_type: &str, resource_id: &str) -> String {
    if (resource_type, resource_id) == ("*", "*") {
        return [action, " on *"].concat();
    }
    [action, " on ", resource_type, ":", resource_id].concat()
}

fn listed(names: &[&str]) -> String {
    let (named, others) = names.split_at(names.len().min(MOST_NAMED));
    let mut text = named.join(", ");
    if !others.is_empty() {
        text.push_str(&format!(" and {} more", others.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{AskedBy, Question, SubjectPolicy, explain};

    fn question<'a>(kind: &'a str, action: &'a str) -> Question<'a> {
        Question {
            asked_by: AskedBy::Service,
            subject_type: kind,
            subject_id: "alice",
            subject_properties: None,
            action_name: action,
            action_properties: None,
            resource_type: "doc",
            resource_id: "7",
            resource_properties: None,
            context: None,
        }
    }

    fn policy() -> SubjectPolicy {
        let line = |role: &str, action: &str, effect: &str, condition: Value| {
            json!({"role": role, "type": "doc", "id": "*", "action": action, "effect": effect,
                "condition": condition})
        };
        let unjudged = "subject.properties.none == 1";
        serde_json::from_value(json!({
            "subject": "alice", "may_hold_roles": true, "attributes": "{}",
            "assignments": [{"role": "chief", "until": null}, {"role": "past", "until": 10}],
            "inherits": [["chief", "editor"], ["editor", "viewer"]],
            "lines": [
                line("viewer", "read", "allow", json!(null)),
                line("chief", "write", "allow", json!("true")),
                line("chief", "share", "allow", json!(null)),
                line("editor", "share", "deny", json!("true")),
                line("viewer", "move", "deny", json!(unjudged)),
                line("editor", "delete", "allow", json!("false")),
                line("editor", "rename", "allow", json!(unjudged)),
                line("viewer", "rename", "allow", json!("false")),
                line("chief", "print", "deny", json!("false")),
                json!({"role": "editor", "type": "*", "id": "*", "action": "*", "effect": "deny",
                    "condition": "action.name == 'burn'"}),
            ],
        }))
        .unwrap()
    }

    #[track_caller]
    fn check(policy: &SubjectPolicy, kind: &str, action: &str, expected: &str) {
        let question = question(kind, action);
        let explanation = explain(policy, &question, None, 10);
        assert_eq!(explanation.reason(&question), expected);
    }

    #[test]
    fn the_line_that_decided_and_how_its_role_is_held() {
        let policy = policy();
        let check = |action, expected| check(&policy, "user", action, expected);
        check(
            "read",
            "the role viewer allows read on doc:*; alice holds it through chief > editor",
        );
        check(
            "write",
            "the role chief allows write on doc:* under a condition that holds; alice was assigned it",
        );
        check(
            "share",
            "the role editor denies share on doc:* under a condition that holds; alice holds it \
            through chief",
        );
        check(
            "move",
            "the role viewer denies move on doc:* under a condition that cannot be evaluated, and so counts; alice holds it through chief > editor",
        );
        check(
            "burn",
            "the role editor denies * on * under a condition that holds; alice holds it through chief",
        );
    }

    #[test]
    fn the_group_by_which_a_role_is_held() {
        let mut policy = policy();
        policy.assignments[0].by_group = Some("/editors/chief".to_owned());
        let check = |action, expected| check(&policy, "user", action, expected);
        check(
            "write",
            "the role chief allows write on doc:* under a condition that holds; alice holds it by \
            the group /editors/chief",
        );
        check(
            "read",
            "the role viewer allows read on doc:*; alice holds it through chief > editor by the \
            group /editors/chief",
        );
    }

    #[test]
    fn why_nothing_allows() {
        let policy = policy();
        let check = |action, expected| check(&policy, "user", action, expected);
        check(
            "delete",
            "the role editor allows delete on doc:* under a condition that does not hold",
        );
        check(
            "rename",
            "the role editor allows rename on doc:* under a condition that cannot be evaluated, and one \
            other line that allows it does not count either",
        );
        check(
            "print",
            "no line allows print on doc:7; alice holds chief, editor, viewer",
        );
        check(
            "fly",
            "no line allows fly on doc:7; alice holds chief, editor, viewer",
        );
    }

    #[test]
    fn what_casbin_could_not_decide_came_by_no_line() {
        let (policy, question) = (policy(), question("user", "read"));
        let mut explanation = explain(&policy, &question, None, 10);
        explanation.decision.failure = Some("inside".to_owned());
        assert_eq!(
            explanation.reason(&question),
            "Casbin could not decide, so the request is denied"
        );
    }

    #[test]
    fn who_holds_nothing() {
        let mut policy = policy();
        check(
            &policy,
            "group",
            "read",
            "only a subject of type user can hold roles",
        );
        policy.assignments.remove(0);
        check(
            &policy,
            "user",
            "read",
            "alice holds no role any more: its assignments have ended (past)",
        );
        policy.assignments.clear();
        check(
            &policy,
            "user",
            "read",
            "alice holds no role: it was assigned none, and no group gives it one",
        );
        policy.may_hold_roles = false;
        check(
            &policy,
            "user",
            "read",
            "alice cannot hold a role here: it is not a member or is disabled, or the organization is \
            suspended or disabled",
        );
    }

    #[test]
    fn a_sentence_stays_short() {
        let mut policy = policy();
        policy.inherits = (0..200)
            .map(|n| ("chief".to_owned(), format!("r{n:03}")))
            .collect();
        check(
            &policy,
            "user",
            "fly",
            "no line allows fly on doc:7; alice holds chief, r000, r001, r002, r003 and 196 more",
        );
    }
}
