//! How a policy is written to `policy.csv`, and the errors for names that the file cannot express.

use crate::{
    names,
    policy::{Line, Part},
};

/// How a part is exported.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Spelt {
    /// Its line in the file, without the line break.
    pub line: Option<String>,
    /// What the person who exports has to know about it.
    pub remark: Option<String>,
}

/// The errors for names in a part that not every Casbin reads back: each says which name it is and what is wrong.
pub fn faults(part: &Part) -> Vec<String> {
    let (whose, named): (String, Vec<(&str, &str)>) = match part {
        // The line will not be written.
        Part::Line(line) if is_left_out(line) => return Vec::new(),
        Part::Line(line) => (
            format!("of a line of role {:?}", line.role),
            vec![
                ("the resource type", &line.resource_type),
                ("the resource id", &line.resource_id),
                ("the action", &line.action),
            ],
        ),
        Part::Holds { user, role, .. } => (
            format!("that holds role {role:?}"),
            vec![("the user", user)],
        ),
        Part::Inherits { .. } | Part::End { .. } => return Vec::new(),
    };
    let flawed = |(what, name): (&str, &str)| {
        let flaw = names::flaw(name)?;
        Some(format!("{what} {name:?} {whose}: {flaw}"))
    };
    named.into_iter().filter_map(flawed).collect()
}

/// Writes a part as a line. An export grants nothing that the Shell does not grant: conditions cannot be expressed for
/// another Casbin, so that a line that allows under a condition is left out, and one that denies always denies.
pub fn spell(part: &Part) -> Spelt {
    match part {
        Part::Line(line) => spell_line(line),
        Part::Inherits { role, inherited } => Spelt {
            line: Some(format!("g, role:{role}, role:{inherited}")),
            remark: None,
        },
        Part::Holds { user, role, until } => Spelt {
            line: Some(format!("g, user:{user}, role:{role}")),
            remark: until.as_ref().map(|until| {
                format!("ends, but not by itself where it is exported to: {user:?} holds role {role:?} until {until}")
            }),
        },
        Part::End { .. } => Spelt::default(),
    }
}

fn is_left_out(line: &Line) -> bool {
    line.condition.is_some() && line.effect != "deny"
}

fn spell_line(line: &Line) -> Spelt {
    let Line {
        role,
        resource_type,
        resource_id,
        action,
        effect,
        condition,
        ..
    } = line;
    let fields = format!("{resource_type}, {resource_id}, {action}, {effect}");
    Spelt {
        line: (!is_left_out(line)).then(|| format!("p, role:{role}, {fields}")),
        remark: condition.as_ref().map(|condition| {
            let what = if is_left_out(line) {
                "left out, since it allows under a condition"
            } else {
                "kept without its condition, since it denies"
            };
            format!("{what}: role {role:?}, {fields}, where {condition:?}")
        }),
    }
}

/// The heading above the parts of one kind.
pub fn heading(part: &Part) -> Option<&'static str> {
    match part {
        Part::Line(line) if line.is_global => {
            Some("What global roles permit, which every organization has")
        }
        Part::Line(_) => Some("What the organization's own roles permit"),
        Part::Inherits { .. } => Some("Which role has the lines of another, too"),
        Part::Holds { .. } => Some("Who holds which role"),
        Part::End { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(effect: &str, condition: Option<&str>) -> Part {
        Part::Line(Line {
            role: "editor".to_owned(),
            is_global: false,
            resource_type: "document".to_owned(),
            resource_id: "*".to_owned(),
            action: "write".to_owned(),
            effect: effect.to_owned(),
            condition: condition.map(str::to_owned),
        })
    }

    #[test]
    fn lines_are_those_of_the_model() {
        let spelt = spell(&line("allow", None));
        assert_eq!(
            spelt.line.as_deref(),
            Some("p, role:editor, document, *, write, allow")
        );
        assert_eq!(spelt.remark, None);
    }

    #[test]
    fn conditions_never_make_more_allowed() {
        let allowed = spell(&line("allow", Some("context.a == 1")));
        assert_eq!(allowed.line, None);
        assert!(allowed.remark.unwrap().starts_with("left out"));
        let denied = spell(&line("deny", Some("context.a == 1")));
        assert_eq!(
            denied.line.as_deref(),
            Some("p, role:editor, document, *, write, deny")
        );
        let remark = denied.remark.unwrap();
        assert!(remark.starts_with("kept without its condition"), "{remark}");
        assert!(remark.ends_with("where \"context.a == 1\""), "{remark}");
    }

    #[test]
    fn users_and_roles_do_not_meet() {
        let part = Part::read("holds", false, vec!["admin".into(), "admin".into()], None).unwrap();
        assert_eq!(
            spell(&part).line.as_deref(),
            Some("g, user:admin, role:admin")
        );
        let part = Part::read("inherits", false, vec!["a-b".into(), "c-d".into()], None).unwrap();
        assert_eq!(spell(&part).line.as_deref(), Some("g, role:a-b, role:c-d"));
    }

    #[test]
    fn what_cannot_be_read_back_is_named() {
        let part = Part::read("holds", false, vec!["a,b".into(), "viewer".into()], None).unwrap();
        assert_eq!(
            faults(&part),
            ["the user \"a,b\" that holds role \"viewer\": a comma"]
        );
        let fields = ["viewer", "#doc", "a\"", "read ", "allow"].map(str::to_owned);
        let part = Part::read("line", false, fields.to_vec(), None).unwrap();
        assert_eq!(faults(&part).len(), 3);
        // What is not written need not be read back.
        let part = Part::read("line", false, fields.to_vec(), Some("true".into())).unwrap();
        assert_eq!(faults(&part), Vec::<String>::new());
    }

    #[test]
    fn what_is_of_no_known_kind_is_not_read() {
        assert_eq!(Part::read("other", false, Vec::new(), None), None);
        assert_eq!(Part::read("holds", false, vec!["a".into()], None), None);
    }
}
