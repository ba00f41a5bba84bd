//! The attributes that the text of a condition names.

use std::fmt;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue, operators};

use super::shape::ROOTS;

/// The name of an attribute: the object with which it begins, and then the members.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Name<'e> {
    /// One of [`ROOTS`].
    pub root: &'e str,
    /// The members, each within the one before.
    pub members: Vec<&'e str>,
}

/// As it can be written in a condition.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.root)?;
        for member in &self.members {
            if is_identifier(member) {
                write!(f, ".{member}")?;
            } else {
                write!(f, "[{member:?}]")?;
            }
        }
        Ok(())
    }
}

fn is_identifier(text: &str) -> bool {
    let is_of_one = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.chars().all(is_of_one) && text.starts_with(|first: char| !first.is_ascii_digit())
}

/// The names in a parsed condition, each once, in the order in which they are first written.
pub fn names(expression: &IdedExpr) -> Vec<Name<'_>> {
    let mut found = Vec::new();
    collect(expression, &mut found);
    found
}

fn collect<'e>(of: &'e IdedExpr, found: &mut Vec<Name<'e>>) {
    if let Some(name) = name(of) {
        if !found.contains(&name) {
            found.push(name);
        }
        return;
    }
    match &of.expr {
        Expr::Select(select) => collect(&select.operand, found),
        Expr::Call(call) => {
            for part in call.target.iter().map(AsRef::as_ref).chain(&call.args) {
                collect(part, found);
            }
        }
        Expr::List(list) => {
            for element in &list.elements {
                collect(element, found);
            }
        }
        Expr::Map(map) => {
            for entry in &map.entries {
                if let EntryExpr::MapEntry(entry) = &entry.expr {
                    collect(&entry.key, found);
                    collect(&entry.value, found);
                }
            }
        }
        Expr::Comprehension(list) => {
            let parts = [&list.iter_range, &list.accu_init, &list.loop_cond];
            for part in parts.into_iter().chain([&list.loop_step, &list.result]) {
                collect(part, found);
            }
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => {}
    }
}

/// The name that an expression consists of, if it consists of nothing else.
fn name(of: &IdedExpr) -> Option<Name<'_>> {
    let (within, member) = match &of.expr {
        Expr::Ident(root) => {
            let (root, _) = ROOTS.iter().find(|(known, _)| known == root)?;
            return Some(Name {
                root,
                members: Vec::new(),
            });
        }
        Expr::Select(select) => (&*select.operand, select.field.as_str()),
        Expr::Call(call) if call.func_name == operators::INDEX => match call.args.as_slice() {
            [within, member] => match &member.expr {
                Expr::Literal(LiteralValue::String(member)) => (within, member.inner()),
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    };
    let mut name = name(within)?;
    name.members.push(member);
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &str, expected: &[&str]) {
        let program = cel::Program::compile(condition).unwrap();
        let found = names(program.expression());
        let found: Vec<_> = found.iter().map(Name::to_string).collect();
        assert_eq!(found, expected, "{condition}");
    }

    #[test]
    fn what_a_condition_names() {
        check("true", &[]);
        check(
            "resource.properties.owner == subject.id && has(resource.properties.owner)",
            &["resource.properties.owner", "subject.id"],
        );
        check(
            "subject.properties['a b'].c == context['d']['1e']",
            &["subject.properties[\"a b\"].c", "context.d[\"1e\"]"],
        );
        check(
            "context == action.properties || size(resource.properties) > 1",
            &["context", "action.properties", "resource.properties"],
        );
        check(
            "context.list[context.at] in [action.name, 'a'] ? {'a': context.b}.a : context.list[0]",
            &["context.list", "context.at", "action.name", "context.b"],
        );
        check(
            "subject.properties.groups.exists(g, g.id in resource.properties.groups)",
            &["subject.properties.groups", "resource.properties.groups"],
        );
    }
}
